import * as fs from 'node:fs'
import { flowError } from '@flowctl/core'
import { codeOf } from './errors.ts'
import { etagOf } from './etags.ts'
import { withLock } from './lock.ts'
import { readFileNow } from './reading.ts'

/*
 * How a temporary file gets its final name under a condition. Both tell whether it did, and throw DATASTORE_BUSY.
 */

/** Unless the name is taken. File systems without hard links do it under the lock. */
export async function placeIfAbsent(temporary: string, path: string, key: string): Promise<boolean> {
  try {
    fs.linkSync(temporary, path)
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') return false
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error
  }
  return underLock(path, key, () => {
    if (fs.existsSync(path)) return false
    fs.renameSync(temporary, path)
    return true
  })
}

/** If what stands there has this etag. Atomic against others that do the same. */
export async function placeIfMatch(temporary: string, path: string, key: string, etag: string): Promise<boolean> {
  return underLock(path, key, () => {
    const current = readFileNow(path)
    if (current === undefined || etagOf([current], path) !== etag) return false
    fs.renameSync(temporary, path)
    return true
  })
}

async function underLock(path: string, key: string, work: () => boolean): Promise<boolean> {
  const locked = await withLock(path, work)
  if (locked === undefined) throw flowError('DATASTORE_BUSY', { key, seconds: 30 })
  return locked.result
}

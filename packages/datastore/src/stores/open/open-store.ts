import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flowError, type ObjectStore } from '@flowctl/core'
import { fileStore } from '../file/file-store.ts'
import { memoryStore } from '../memory/memory-store.ts'
import type { OpenStoreOptions } from './open-options.ts'

/** A scheme has two letters at least, so that `C:\data` is a path. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/

/**
 * Opens the datastore at a folder's path, `file://...`, `memory:` (a new, empty one each time) or `s3://bucket/prefix`. Of a folder
 * nothing is read or made yet. Throws DATASTORE_URL_UNKNOWN and DATASTORE_S3_*.
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<ObjectStore> {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase()
  const { alone = () => false } = options
  if (scheme === undefined && url !== '') return fileStore(url, { alone })
  if (scheme === 'file') return fileStore(pathOf(url), { alone })
  if (scheme === 'memory') return memoryStore()
  if (scheme === 's3') return openOnS3(url, options)
  throw flowError('DATASTORE_URL_UNKNOWN', { url })
}

/** The SDK takes half a second to load: only who needs it does. */
async function openOnS3(url: string, options: OpenStoreOptions): Promise<ObjectStore> {
  const { openS3 } = await import('../s3/open-s3.ts')
  const { env = {}, check = 'read', s3 = {}, loaderThread } = options
  return openS3(url, { env, check, limits: s3, ...(loaderThread !== undefined && { loaderThread }) })
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw flowError('DATASTORE_URL_UNKNOWN', { url }, { cause: error })
  }
}

/** The path of the nearest `.flowctl` folder in `from` or a folder above it. */
export function findDatastore(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const candidate = join(folder, '.flowctl')
    if (statSync(candidate, { throwIfNoEntry: false })?.isDirectory() === true) return candidate
    if (dirname(folder) === folder) return undefined
  }
}

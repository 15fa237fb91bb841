import { existsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { materialise } from '@flowctl/compiler'
import { flowError, layout, type ObjectStore } from '@flowctl/core'
import type { CodeWanted } from '@flowctl/engine/bullmq'

export interface CodeOptions {
  readonly objects: ObjectStore
  /** Folder for what can be made again. */
  readonly cacheDir: string
  /** Packages resolve from here for flows whose own folder this machine does not have. */
  readonly project: string
}

/** Fetches code packages from the datastore and lays each out once, however many ask at a time. Throws WORKER_CODE_MISSING. */
export function codeLoader({ objects, cacheDir, project }: CodeOptions): (wanted: CodeWanted) => Promise<string> {
  const loading = new Map<string, Promise<string>>()
  return ({ flow, hash, file }) => {
    const folder = dirname(file)
    const place = isAbsolute(file) && existsSync(folder) ? folder : project
    const key = `${flow}/${hash} ${place}`
    const known = loading.get(key)
    if (known !== undefined) return known
    const load = async (): Promise<string> => {
      const found = await objects.get(layout.codeKey(flow, hash))
      if (found === undefined) throw flowError('WORKER_CODE_MISSING', { flow, hash, datastore: objects.url })
      return materialise(found.bytes, { cacheDir, project: place })
    }
    const bundle = load()
    loading.set(key, bundle)
    // What went wrong once may go well the next time.
    bundle.catch(() => loading.delete(key))
    return bundle
  }
}

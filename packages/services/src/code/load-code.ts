import { existsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { installExternals, materialise, unpackCode } from '@flowctl/compiler'
import { flowError, isFlowctlError, layout, type ObjectStore } from '@flowctl/core'
import type { CodeWanted } from '@flowctl/queue'

export interface CodeOptions {
  readonly objects: ObjectStore
  /** Folder for what can be made again. */
  readonly cacheDir: string
  /** Stands in for the folder of flows that this machine does not have. */
  readonly project: string
  /** Environment of npm, which installs the packages that a code package does not hold. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Told before npm is started. */
  readonly onInstall?: (flow: string, packages: readonly string[]) => void
}

/** What was laid out is looked at again after this time: it counts as used then, and comes back if the cache was deleted. */
const KNOWN_MS = 60 * 60_000
/** What npm could not install is not asked for again before this time. */
const NPM_AGAIN_MS = 2000

/**
 * Fetches code packages from the datastore, installs what they do not hold, and lays each out once, however many ask at a time.
 * Throws WORKER_CODE_MISSING, CODE_PACKAGE_DAMAGED and EXTERNALS_*.
 */
export function codeLoader(options: CodeOptions): (wanted: CodeWanted) => Promise<string> {
  const { objects, cacheDir, env, onInstall } = options
  const loading = new Map<string, Promise<string>>()
  return ({ flow, hash, file }) => {
    const folder = dirname(file)
    const here = isAbsolute(file) && existsSync(folder)
    const project = here ? folder : options.project
    const key = `${flow}/${hash} ${project}`
    const known = loading.get(key)
    if (known !== undefined) return known
    const load = async (): Promise<string> => {
      const found = await objects.get(layout.codeKey(flow, hash))
      if (found === undefined) throw flowError('WORKER_CODE_MISSING', { flow, hash, datastore: objects.url })
      const code = unpackCode(found.bytes)
      if (code.format === 1) return materialise(found.bytes, { cacheDir, project })
      const installed = await installExternals(code, {
        cacheDir,
        env,
        ...(here ? { project } : {}),
        onInstall: (packages) => onInstall?.(flow, packages),
      })
      const packages = installed === undefined ? [] : [installed]
      return materialise(found.bytes, { cacheDir, project: isAbsolute(file) ? folder : project, packages })
    }
    const bundle = load()
    loading.set(key, bundle)
    const forgetIn = (ms: number): unknown => setTimeout(() => loading.delete(key), ms).unref()
    bundle.then(
      () => forgetIn(KNOWN_MS),
      // What went wrong once may go well the next time.
      (error: unknown) => {
        if (isFlowctlError(error) && error.code.startsWith('EXTERNALS_')) forgetIn(NPM_AGAIN_MS)
        else loading.delete(key)
      },
    )
    return bundle
  }
}

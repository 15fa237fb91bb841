import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** This folder in `src` and in `dist`, and the folder of the bundle, are equally deep in the package. */
const PACKAGE = new URL('../../', import.meta.url)

/** The folder of the `flowctl` package. */
export const PACKAGE_FOLDER = fileURLToPath(PACKAGE)

/** What `flowctl init` copies. */
export const PROJECT_TEMPLATE = fileURLToPath(new URL('templates/project', PACKAGE))

/** The files of the bundle that task processes load: they come from the same copy of flowctl as whoever starts them. */
export const PRODUCT = {
  /** What flow files see as `flowctl`. */
  api: new URL('dist/bundle/index.js', PACKAGE).href,
  taskProcess: new URL('dist/bundle/task-process.js', PACKAGE),
} as const

/** The version of the `flowctl` package. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8')) as { version: string }
  return manifest.version
}

import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { pathToFileURL } from 'node:url'

import { nodeModulesAbove } from '../externals/installed-packages.ts'
import { isCached, pruneCache } from './prune.ts'
import { hashOf, unpackCode } from '../package/code-package.ts'
import { makeFolderAtomically } from './write-atomically.ts'

export interface MaterialiseOptions {
  /** Folder for what can be made again. */
  readonly cacheDir: string
  /** Absolute folder that holds the flow file on this machine: packages resolve from it, and stack traces point into it. */
  readonly project: string
  /** Folders `node_modules` that packages come from, the nearest first. @default those on the way up from the project */
  readonly packages?: readonly string[]
}

/**
 * Lays a code package out so that its entry can be imported, and returns the entry's absolute path.
 *
 * Node looks for packages in the folders `node_modules` on the way up from the importing file. So the bundle lies in nested
 * folders, one for each `node_modules` that packages come from, the outermost first, each with a link to it.
 * The folder is named by the hash, the project and those links; an existing one is used as it is.
 */
export async function materialise(bytes: Uint8Array, options: MaterialiseOptions): Promise<string> {
  return materialiseHashed(bytes, hashOf(bytes), options)
}

/** For callers that know the hash of the bytes. */
export async function materialiseHashed(bytes: Uint8Array, hash: string, options: MaterialiseOptions): Promise<string> {
  const { cacheDir, project } = options
  const links = (options.packages ?? nodeModulesAbove(project)).toReversed()
  const place = hashOf(JSON.stringify([project, links])).slice(0, 16)
  const root = join(cacheDir, 'bundles', `${hash.slice(0, 32)}-${place}`)
  const nested = join(...links.map((_, level) => `n${level}`), 'code')
  const code = unpackCode(bytes)
  const entry = join(root, nested, code.entry)
  if (isCached(root)) return entry
  await makeFolderAtomically(root, async (folder) => {
    await mkdir(join(folder, nested), { recursive: true })
    for (const [level, target] of links.entries()) {
      const above = links.slice(0, level + 1).map((_, index) => `n${index}`)
      // Junctions need no privilege on Windows; elsewhere the kind is ignored.
      await symlink(target, join(folder, ...above, 'node_modules'), 'junction')
    }
    const files = { ...code.files, 'project.mjs': projectModule(project) }
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, nested, name), name.endsWith('.map') ? absoluteSources(text, project) : text)
    }
  })
  await pruneCache(cacheDir)
  return entry
}

/** What a bundle asks of the place it is laid out in: the project's folder, its own, and where its packages are. */
function projectModule(project: string): string {
  return `import { fileURLToPath } from 'node:url'
export const project = ${JSON.stringify(project)}
export const folder = fileURLToPath(new URL('.', import.meta.url))
export const resolve = (specifier) => import.meta.resolve(specifier)
`
}

/** Stack traces name the original files, wherever the bundle lies. */
function absoluteSources(text: string, project: string): string {
  const map = JSON.parse(text) as { sources: string[]; sourcesContent: (string | null)[] }
  const base = pathToFileURL(join(project, posix.sep)).href
  const sources = map.sources.map((source, index) =>
    map.sourcesContent[index] === null
      ? source
      : new URL(source.split('/').map(encodeURIComponent).join('/'), base).href,
  )
  return JSON.stringify({ ...map, sources })
}

/** The project of a flow file. */
export function projectOf(file: string): string {
  return dirname(file)
}

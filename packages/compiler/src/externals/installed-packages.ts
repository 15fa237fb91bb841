import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** The part of an installed package's package.json that matters here. */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly exports?: unknown
  readonly gypfile?: unknown
  readonly binary?: unknown
  readonly napi?: unknown
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** `undefined` when there is none that can be read. */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json')
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : undefined
  } catch {
    return undefined
  }
}

/** The package that a file lies in: the last `node_modules` in its path counts. `undefined` for files of no package. */
export function installedPackage(path: string): { readonly name: string; readonly folder: string } | undefined {
  const parts = path.split(/[\\/]/)
  const at = parts.lastIndexOf('node_modules')
  const first = parts[at + 1]
  if (at < 0 || first === undefined) return undefined
  const length = first.startsWith('@') ? 2 : 1
  const name = parts.slice(at + 1, at + 1 + length).join('/')
  return { name, folder: parts.slice(0, at + 1 + length).join(sep) }
}

/** The folders `node_modules` on the way up from a folder, nearest first. */
export function nodeModulesAbove(folder: string): readonly string[] {
  const found: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules')
    if (existsSync(candidate)) found.push(candidate)
    if (dirname(at) === at) return found
  }
}

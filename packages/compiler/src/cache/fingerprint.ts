import { readFileSync, statSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** What the state of a path is remembered by; `null` when there is nothing. */
export type Fingerprint = string | null

export type Fingerprints = Readonly<Record<string, Fingerprint>>

/** Files beside or above a source that change what the bundler makes of it. */
const SETTINGS = ['tsconfig.json', 'jsconfig.json', 'package.json']

/**
 * Remembers sources and everything else the result depends on: settings files on the way up, whether they exist or not,
 * what a tsconfig extends, and which folders hold packages.
 */
export function fingerprintsOf(sources: readonly string[]): Fingerprints {
  const found: Record<string, Fingerprint> = {}
  for (const source of sources) found[source] = fingerprint(source)
  for (const folder of foldersAbove(sources)) {
    for (const name of SETTINGS) {
      const path = join(folder, name)
      found[path] = fingerprint(path)
      if (found[path] !== null && name !== 'package.json') addExtended(path, found)
    }
    const packages = join(folder, 'node_modules')
    found[packages] = fingerprint(packages)
  }
  return found
}

export function unchanged(known: Fingerprints): boolean {
  return Object.entries(known).every(([path, was]) => fingerprint(path) === was)
}

/** The newest modification among files that exist, in milliseconds since 1970. */
export function newestChange(sources: readonly string[]): number {
  return Math.max(...sources.map((source) => stat(source)?.mtimeMs ?? 0))
}

function fingerprint(path: string): Fingerprint {
  const found = stat(path)
  if (found === undefined) return null
  // Which packages a folder holds is Node's business when the bundle is loaded.
  return found.isDirectory() ? 'folder' : `${found.size}:${found.mtimeMs}:${found.ctimeMs}:${found.ino}`
}

function stat(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function foldersAbove(sources: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>()
  for (const source of sources) {
    for (let at = dirname(source); !folders.has(at); at = dirname(at)) folders.add(at)
  }
  return folders
}

/** Relative files a tsconfig extends, and what those extend. */
function addExtended(path: string, found: Record<string, Fingerprint>): void {
  const text = readFileSync(path, 'utf8')
  const value = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(text)?.[1] ?? ''
  for (const [, name = ''] of value.matchAll(/"([^"]*)"/g)) {
    if (!name.startsWith('.') && !name.startsWith('/')) continue
    const base = resolve(dirname(path), name)
    for (const candidate of [base, `${base}.json`]) {
      if (candidate in found) continue
      found[candidate] = fingerprint(candidate)
      if (found[candidate] !== null && found[candidate] !== 'folder') addExtended(candidate, found)
    }
  }
}

import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder of its own for one test, removed afterwards. */
export function workspace(files: Readonly<Record<string, string>> = {}): Workspace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'flowctl-compiler-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const made: Workspace = {
    root,
    cacheDir: join(root, '.cache'),
    path: (name) => join(root, name),
    write(name, text) {
      const path = join(root, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      // As if it had been saved a while ago: sources still being edited are not cached.
      const saved = new Date(Date.now() - 10_000 + (writes += 1))
      utimesSync(path, saved, saved)
      return path
    },
  }
  for (const [name, text] of Object.entries(files)) made.write(name, text)
  return made
}

let writes = 0

export interface Workspace {
  readonly root: string
  readonly cacheDir: string
  path(name: string): string
  write(name: string, text: string): string
}

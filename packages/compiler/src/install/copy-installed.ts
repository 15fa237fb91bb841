import { existsSync, realpathSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { nodeModulesAbove } from '../externals/installed-packages.ts'
import { resolveIn, type Pins } from '../externals/pin.ts'
import { INSTALLED } from '../externals/trees.ts'

/**
 * Copies pinned packages from a project on this machine that has every one of them in the same version: no registry is
 * needed then. `false`, and nothing copied: it does not.
 */
export async function copyInstalled(pins: Pins, project: string, into: string): Promise<boolean> {
  const found = installedFolders(pins, project)
  if (found === undefined) return false
  // Outer packages first: the inner ones go into their folders.
  for (const [path, folder] of [...found].sort(([a], [b]) => a.length - b.length)) {
    const filter = (source: string): boolean => source === folder || basename(source) !== 'node_modules'
    await cp(folder, join(into, path), { recursive: true, dereference: true, filter })
  }
  return true
}

/** The folder on this machine of every path; optional packages may be missing. */
function installedFolders({ dependencies, packages }: Pins, project: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>()
  const modules = nodeModulesAbove(project)
  const queue: string[] = []
  const take = (path: string, folder: string | undefined): boolean => {
    const pinned = packages[path]
    const node = folder === undefined ? undefined : INSTALLED.at(folder)
    if (folder === undefined || node?.pinned.version !== pinned?.version) return pinned?.optional === true
    if (!found.has(path)) queue.push(path)
    found.set(path, folder)
    return true
  }
  for (const name of Object.keys(dependencies)) {
    const folder = modules.map((one) => join(one, name)).find((one) => existsSync(one))
    if (!take(`node_modules/${name}`, folder === undefined ? undefined : realpathSync(folder))) return undefined
  }
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const { dependencies: needed, optionalDependencies: optional, ...pinned } = packages[path] ?? { version: '' }
    const from = { id: found.get(path) as string, pinned, peers: [], hasInstallScript: false }
    for (const name of Object.keys({ ...needed, ...optional })) {
      const child = resolveIn(packages, path, name)
      if (child === undefined) continue
      if (!take(child, INSTALLED.dependency(from, name)?.id)) return undefined
    }
  }
  const missing = Object.entries(packages).some(([path, { optional }]) => optional !== true && !found.has(path))
  return missing ? undefined : found
}

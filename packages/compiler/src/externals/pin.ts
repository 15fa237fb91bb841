import { flowError, FlowProblems, type FlowctlError } from '@flowctl/core'

import type { External } from './npm-packages.ts'
import { INSTALLED, LockFile, type PackageTree, type PinnedPackage, type TreeNode } from './trees.ts'

/** What workers install for a code package. */
export interface Pins {
  /** What each package outside the bundle is asked of npm by: an exact version, mostly. Names sorted. */
  readonly dependencies: Readonly<Record<string, string>>
  /** Their whole trees, by path as in a package-lock.json (`node_modules/sharp`), sorted. */
  readonly packages: Readonly<Record<string, PinnedPackage>>
  /** Packages whose install scripts are run. */
  readonly scripts: readonly string[]
}

export interface Pinned {
  readonly pins: Pins
  /** One line for people for each package outside. */
  readonly notes: readonly string[]
  /** Files that this was read from. */
  readonly readFrom: readonly string[]
}

interface Root {
  readonly name: string
  readonly tree: PackageTree
  readonly node: TreeNode
}

/**
 * Finds the exact versions of packages and of all that they depend on: in the package-lock.json that they were installed by,
 * else among what is installed. Throws EXTERNAL_NOT_PUBLISHED, EXTERNAL_TWO_VERSIONS, EXTERNAL_LOCK_STALE, or FlowProblems with several.
 */
export function pin(externals: readonly External[], scripts: readonly string[]): Pinned {
  const problems: FlowctlError[] = []
  const roots: Root[] = []
  const notes: string[] = []
  const readFrom = new Set<string>()
  for (const { name, folders, why } of externals) {
    try {
      const root = rootOf(name, folders, readFrom)
      roots.push(root)
      const unrun = root.node.hasInstallScript && !scripts.includes(name)
      notes.push(
        `${name} ${root.node.pinned.version} stays outside the code package, and workers install it: ${why}.${
          unrun ? ' Its install script is not run there.' : ''
        }`,
      )
    } catch (error) {
      problems.push(error as FlowctlError)
    }
  }
  const [problem] = problems
  if (problem !== undefined) throw problems.length === 1 ? problem : new FlowProblems(problems)
  const withPeers = addPeers(roots, readFrom)
  const dependencies = Object.fromEntries(withPeers.map(({ name, node }) => [name, specOf(name, node)]))
  const used = scripts.filter((name) => roots.some((root) => root.name === name))
  return {
    pins: { dependencies: sorted(dependencies), packages: sorted(place(withPeers)), scripts: used },
    notes,
    readFrom: [...readFrom],
  }
}

function rootOf(name: string, folders: readonly string[], readFrom: Set<string>): Root {
  const roots = folders.map((folder): Root => {
    const installed = INSTALLED.at(folder)
    readFrom.add(`${folder}/package.json`)
    if (installed === undefined) throw flowError('EXTERNAL_NOT_INSTALLED', { name })
    const lock = LockFile.above(folder)
    if (lock === undefined) return { name, tree: INSTALLED, node: installed }
    readFrom.add(lock.file)
    const locked = lock.at(folder) as TreeNode
    const { version } = installed.pinned
    if (locked.pinned.version !== version) {
      const stale = { name, installed: version, locked: locked.pinned.version, lockFile: lock.file }
      throw flowError('EXTERNAL_LOCK_STALE', stale)
    }
    return { name, tree: lock, node: locked }
  })
  const [root] = roots as [Root, ...Root[]]
  const versions = [...new Set(roots.map(({ node }) => node.pinned.version))].sort()
  if (versions.length > 1) throw flowError('EXTERNAL_TWO_VERSIONS', { name, versions })
  const from = root.node.pinned.resolved
  if (from !== undefined && !/^(?:https?|git(?:\+\w+)?):/.test(from)) {
    throw flowError('EXTERNAL_NOT_PUBLISHED', { name, from })
  }
  return root
}

/** What npm is told: the version, the name behind an alias, or the address of a git repository. */
function specOf(name: string, { pinned }: TreeNode): string {
  const { version, resolved } = pinned
  if (resolved?.startsWith('git') === true) return resolved
  return pinned.name === undefined || pinned.name === name ? version : `npm:${pinned.name}@${version}`
}

/** Peers are found beside who needs them, so they are installed as if they had been asked for. */
function addPeers(roots: readonly Root[], readFrom: Set<string>): readonly Root[] {
  const all = new Map(roots.map((root) => [root.name, root]))
  const seen = new Set<string>()
  const queue = [...roots]
  for (let root = queue.shift(); root !== undefined; root = queue.shift()) {
    if (seen.has(root.node.id)) continue
    seen.add(root.node.id)
    const { tree, node } = root
    if (tree === INSTALLED) readFrom.add(`${node.id}/package.json`)
    for (const name of node.peers) {
      const peer = tree.dependency(node, name)
      if (peer === undefined || all.has(name)) continue
      all.set(name, { name, tree, node: peer })
    }
    for (const name of namesOf(node, 'all')) {
      const next = tree.dependency(node, name)
      if (next !== undefined) queue.push({ name, tree, node: next })
    }
  }
  return [...all.values()]
}

/**
 * Lays the trees of several packages out as npm does: as far up as the versions allow. First what is needed, then what is
 * optional, each in order of depth: so nothing is put later between a package and what it found above.
 */
function place(roots: readonly Root[]): Record<string, PinnedPackage> {
  const placed: Record<string, { readonly node: TreeNode; readonly optional: boolean }> = {}
  for (const { name, node } of roots) placed[`node_modules/${name}`] = { node, optional: false }
  for (const kind of ['dependencies', 'all'] as const) {
    const queue = roots.map(({ name, tree, node }) => ({ path: `node_modules/${name}`, tree, node }))
    const walked = new Set<string>()
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      if (walked.has(one.path)) continue
      walked.add(one.path)
      const { path, tree, node } = one
      for (const name of namesOf(node, kind)) {
        const wanted = tree.dependency(node, name)
        if (wanted === undefined) continue
        const found = resolveIn(placed, path, name)
        const at = found === undefined ? `node_modules/${name}` : `${path}/node_modules/${name}`
        if (found !== undefined && placed[found]?.node.id === wanted.id) {
          queue.push({ path: found, tree, node: wanted })
          continue
        }
        placed[at] = { node: wanted, optional: kind === 'all' }
        queue.push({ path: at, tree, node: wanted })
      }
    }
  }
  return Object.fromEntries(
    Object.entries(placed).map(([path, { node, optional }]) => [
      path,
      optional ? { ...node.pinned, optional } : node.pinned,
    ]),
  )
}

/** npm lists optional dependencies among the others in some manifests. */
function namesOf({ pinned }: TreeNode, kind: 'dependencies' | 'all'): readonly string[] {
  const optional = Object.keys(pinned.optionalDependencies ?? {})
  const needed = Object.keys(pinned.dependencies ?? {}).filter((name) => !optional.includes(name))
  return kind === 'all' ? [...needed, ...optional] : needed
}

/** The path that a name leads to from another path, as Node finds it. */
export function resolveIn(placed: Readonly<Record<string, unknown>>, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, at.lastIndexOf('/node_modules/'))) {
    const candidate = `${at}/node_modules/${name}`
    if (candidate in placed) return candidate
    if (!at.includes('/node_modules/')) break
  }
  const top = `node_modules/${name}`
  return top in placed ? top : undefined
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

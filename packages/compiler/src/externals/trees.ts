import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

import { readManifest, type Manifest } from './installed-packages.ts'

/** What is known of one version of a package; fields of a package-lock.json. */
export interface PinnedPackage {
  /** Where it differs from the name that it is installed under. */
  readonly name?: string
  readonly version: string
  readonly resolved?: string
  readonly integrity?: string
  /** Nothing fails when it cannot be installed. */
  readonly optional?: true
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** A package in a tree. Equal ids: the same one. */
export interface TreeNode {
  readonly id: string
  readonly pinned: PinnedPackage
  /** Names of the packages that it needs beside it; optional ones are not among them. */
  readonly peers: readonly string[]
  readonly hasInstallScript: boolean
}

/** Where the exact version of a dependency can be read. */
export interface PackageTree {
  /** `undefined`: not here. */
  at(folder: string): TreeNode | undefined
  dependency(of: TreeNode, name: string): TreeNode | undefined
}

interface LockEntry extends Manifest {
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

/** A package-lock.json of version 2 or 3: it also knows packages of other platforms. */
export class LockFile implements PackageTree {
  readonly file: string
  readonly #entries: Readonly<Record<string, LockEntry>>

  private constructor(file: string, entries: Readonly<Record<string, LockEntry>>) {
    this.file = file
    this.#entries = entries
  }

  /** The nearest one above a folder that speaks of it. */
  static above(folder: string): LockFile | undefined {
    for (let at = dirname(folder); ; at = dirname(at)) {
      const file = join(at, 'package-lock.json')
      const lock = existsSync(file) ? LockFile.#read(file) : undefined
      if (lock?.at(folder) !== undefined) return lock
      if (dirname(at) === at) return undefined
    }
  }

  static #read(file: string): LockFile | undefined {
    try {
      const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages?: Record<string, LockEntry> }
      return packages === undefined ? undefined : new LockFile(file, packages)
    } catch {
      return undefined
    }
  }

  at(folder: string): TreeNode | undefined {
    return this.#node(relative(dirname(this.file), folder).split(sep).join('/'))
  }

  dependency(of: TreeNode, name: string): TreeNode | undefined {
    for (let at = of.id; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      const found = this.#node(at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`)
      if (found !== undefined || at === '') return found
    }
  }

  #node(key: string): TreeNode | undefined {
    const entry = this.#entries[key]
    if (entry?.version === undefined || entry.link === true) return undefined
    return node(key, entry, entry.hasInstallScript === true)
  }
}

/** The packages as they are installed: for other lock files, and none. */
export const INSTALLED: PackageTree = {
  at(folder) {
    const manifest = readManifest(folder)
    return manifest?.version === undefined ? undefined : node(folder, manifest, false)
  },
  dependency(of, name) {
    for (let at = of.id; ; at = dirname(at)) {
      const candidate = join(at, 'node_modules', name)
      if (existsSync(candidate)) return INSTALLED.at(realpathSync(candidate))
      if (dirname(at) === at) return undefined
    }
  },
}

function node(id: string, entry: LockEntry, hasInstallScript: boolean): TreeNode {
  const { name, version, resolved, integrity, os, cpu, libc, dependencies, optionalDependencies } = entry
  const optionalPeers = entry.peerDependenciesMeta ?? {}
  const peers = Object.keys(entry.peerDependencies ?? {}).filter((peer) => optionalPeers[peer]?.optional !== true)
  const shown = id
    .split(/[\\/]node_modules[\\/]|^node_modules\//)
    .at(-1)
    ?.replaceAll('\\', '/')
  const given = {
    name: name === shown ? undefined : name,
    version,
    resolved: resolved === undefined ? undefined : withoutCredentials(resolved),
    integrity,
    os,
    cpu,
    libc,
    dependencies: sortedRecord(dependencies),
    optionalDependencies: sortedRecord(optionalDependencies),
  }
  const pinned = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { id, pinned: pinned as unknown as PinnedPackage, peers, hasInstallScript }
}

function sortedRecord(record: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  if (record === undefined || Object.keys(record).length === 0) return undefined
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The package is read by everybody who reads the datastore. */
function withoutCredentials(address: string): string {
  return address.replace(/^([\w+]+:\/\/)[^/@]*@/, (all, scheme: string) => (scheme.includes('ssh') ? all : scheme))
}

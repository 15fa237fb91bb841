import { resolve } from 'node:path'

import type { Message, Metafile } from 'esbuild'

import { installedPackage, readManifest } from './installed-packages.ts'
import { nativeSign } from './unbundlable.ts'

/** A package that stays outside a bundle. */
export interface External {
  readonly name: string
  /** Where it is installed here, links followed; several when importers have copies of their own. */
  readonly folders: readonly string[]
  /** Goes on after the name of the package: `it holds native code`. */
  readonly why: string
}

/**
 * Which npm packages become part of a bundle, and which stay outside and why. Some reasons show only when a package has been
 * bundled; then `learned` is set and the bundle has to be made again.
 */
export class NpmPackages {
  readonly #why = new Map<string, string>()
  readonly #used = new Map<string, Set<string>>()
  /** Files that ask where they lie. */
  readonly #placed = new Set<string>()
  #learned = false

  constructor(declared: readonly string[]) {
    for (const name of declared) this.#why.set(name, 'package.json declares it')
  }

  /** To be called before each bundling. */
  begin(): void {
    this.#learned = false
    this.#used.clear()
    this.#placed.clear()
  }

  get learned(): boolean {
    return this.#learned
  }

  /** Whether an import that leads to `path` stays an import. */
  staysOutside(path: string): boolean {
    const found = installedPackage(path)
    if (found === undefined) return false
    const { name, folder } = found
    if (!this.#why.has(name)) {
      const sign = path.endsWith('.node') ? 'it holds native code' : nativeSign(folder, readManifest(folder) ?? {})
      if (sign === undefined) return false
      this.#why.set(name, sign)
    }
    const folders = this.#used.get(name)
    if (folders === undefined) this.#used.set(name, new Set([folder]))
    else folders.add(folder)
    return true
  }

  /** Code asks where a file of the package lies. */
  isLocated(path: string): void {
    const found = installedPackage(path)
    if (found === undefined) return
    this.#keepOut(found.name, 'code asks where its files are')
    this.staysOutside(path)
  }

  asksForItsPlace(path: string): void {
    this.#placed.add(path)
  }

  /** Reads from a finished bundle which packages cannot be in it. */
  learnFrom({ outputs }: Metafile, project: string): void {
    for (const output of Object.values(outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
        const path = resolve(project, input)
        const name = installedPackage(path)?.name
        if (bytesInOutput > 0 && name !== undefined && this.#placed.has(path)) {
          this.#keepOut(name, 'it looks for files beside its modules')
        }
      }
    }
  }

  /** Whether every error lies in a package, which then stays outside. */
  learnFromErrors(messages: readonly Message[], project: string): boolean {
    const names = messages.map(({ location }) =>
      location === null ? undefined : installedPackage(resolve(project, location.file))?.name,
    )
    if (names.some((name) => name === undefined || this.#why.has(name))) return false
    for (const [index, name] of names.entries()) {
      this.#keepOut(name as string, `it cannot be bundled (${(messages[index] as Message).text})`)
    }
    return true
  }

  /** Those that the last bundle imports, by name. */
  externals(): readonly External[] {
    return [...this.#used]
      .map(([name, folders]) => ({ name, folders: [...folders].sort(), why: this.#why.get(name) as string }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #keepOut(name: string, why: string): void {
    if (this.#why.has(name)) return
    this.#why.set(name, why)
    this.#learned = true
  }
}

import type { ArtifactMap, ArtifactRef } from '@flowctl/core'
import type { ArtifactStore } from '@flowctl/datastore'
import { isImmutable } from '../artifacts/changes.ts'

/** The values of a run's parameters. What can be changed in place is decoded for every task anew. */
export class RunParameters {
  readonly names: readonly string[]
  readonly #store: ArtifactStore
  readonly #refs: ArtifactMap
  readonly #decoded = new Map<string, unknown>()

  constructor(store: ArtifactStore, refs: ArtifactMap) {
    this.#store = store
    this.#refs = refs
    this.names = Object.keys(refs)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#refs, name)
  }

  ref(name: string): ArtifactRef | undefined {
    return this.has(name) ? this.#refs[name] : undefined
  }

  /** A value that belongs to the caller. */
  copy(name: string): unknown {
    const known = this.#decoded.get(name)
    if (known !== undefined && isImmutable(known)) return known
    const ref = this.ref(name)
    if (ref === undefined) return undefined
    const value = this.#store.loadSync(ref)
    if (isImmutable(value)) this.#decoded.set(name, value)
    return value
  }

  /**
   * What field initializers see, by field. Initializers of later steps are run only because a constructor cannot be skipped, and
   * nothing they make is kept, so they may share one copy.
   */
  duringConstruction(own: boolean): Readonly<Record<string, unknown>> {
    const values: Record<string, unknown> = {}
    for (const name of this.names) values[name] = own ? this.copy(name) : this.#shared(name)
    return values
  }

  #shared(name: string): unknown {
    if (!this.#decoded.has(name)) this.#decoded.set(name, this.copy(name))
    return this.#decoded.get(name)
  }
}

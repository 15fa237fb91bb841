import type { ArtifactRef } from '@flowctl/core'
import type { ArtifactStore } from '@flowctl/datastore'
import { collectBeforeLoading } from './free-memory.ts'

/** Loads artifacts and remembers which value came from which, so that `this.model = inputs[0].model` need not store the model again. */
export class LoadedValues {
  readonly #store: ArtifactStore
  readonly #refs = new WeakMap<object, ArtifactRef>()

  constructor(store: ArtifactStore) {
    this.#store = store
  }

  /** A copy of its own for every call. */
  load(ref: ArtifactRef): unknown {
    collectBeforeLoading(ref.size)
    const value = this.#store.loadSync(ref)
    if (typeof value === 'object' && value !== null) this.#refs.set(value, ref)
    return value
  }

  /** What the value was loaded from; it may have been changed since. */
  refOf(value: unknown): ArtifactRef | undefined {
    return typeof value === 'object' && value !== null ? this.#refs.get(value) : undefined
  }
}

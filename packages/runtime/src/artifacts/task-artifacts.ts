import { flowError, INLINE_LIMIT, type ArtifactMap, type ArtifactRef } from '@flowctl/core'
import { encodeValue, type ArtifactStore, type EncodedValue } from '@flowctl/datastore'
import { changedInPlace, canBeCompared } from './changes.ts'
import type { LoadedValues } from './loaded-values.ts'

/** What a task finds when it starts. */
export interface Inherited {
  readonly artifacts: ArtifactMap
  readonly dropped: Readonly<Record<string, string>> | undefined
}

export const NOTHING_INHERITED: Inherited = { artifacts: {}, dropped: undefined }

type Slot =
  | { readonly kind: 'loaded'; readonly value: unknown; readonly ref: ArtifactRef }
  | { readonly kind: 'set'; readonly value: unknown }
  /** Taken over by its hash, not loaded yet. */
  | { readonly kind: 'taken'; readonly ref: ArtifactRef }
  | { readonly kind: 'deleted' }

export interface SavedArtifacts {
  readonly artifacts: ArtifactMap
  /** Inline bytes that this task added. */
  readonly inlineBytes: number
}

/** Saving waits for what is being written when it is more than this. */
const MAX_BYTES_UNDER_WAY = 64 * 1024 * 1024

/**
 * The artifacts of one task: what it inherited, loaded when first read, and what it assigned. Values are private to the task,
 * each decoded for it alone.
 */
export class TaskArtifacts {
  readonly #store: ArtifactStore
  readonly #inherited: ArtifactMap
  readonly #loaded: LoadedValues
  readonly #missing: (name: string) => unknown
  readonly #slots = new Map<string, Slot>()
  /** Of the latest save. */
  readonly #encoded = new Map<unknown, EncodedValue>()

  /** `missing` answers a read of a name without a value: `undefined`, or it throws why there is none. */
  constructor(
    stores: { readonly artifacts: ArtifactStore; readonly loaded: LoadedValues },
    inherited: ArtifactMap,
    missing: (name: string) => unknown,
  ) {
    this.#store = stores.artifacts
    this.#loaded = stores.loaded
    this.#inherited = inherited
    this.#missing = missing
  }

  read(name: string): unknown {
    const slot = this.#slots.get(name)
    if (slot?.kind === 'set' || slot?.kind === 'loaded') return slot.value
    if (slot?.kind === 'deleted') return undefined
    const ref = slot?.ref ?? this.#inheritedRef(name)
    if (ref === undefined) return this.#missing(name)
    const value = this.#loaded.load(ref)
    this.#slots.set(name, { kind: 'loaded', value, ref })
    return value
  }

  set(name: string, value: unknown): void {
    this.#slots.set(name, { kind: 'set', value })
  }

  /** Makes another task's artifact this task's own without loading it. */
  take(name: string, ref: ArtifactRef): void {
    this.#slots.set(name, { kind: 'taken', ref })
  }

  delete(name: string): void {
    this.#slots.set(name, { kind: 'deleted' })
  }

  has(name: string): boolean {
    const slot = this.#slots.get(name)
    return slot === undefined ? this.#inheritedRef(name) !== undefined : slot.kind !== 'deleted'
  }

  /** Stores what is new or changed and gives the refs of everything visible. With `storable`, leaves out what cannot be stored. */
  async save(which: 'all' | 'storable' = 'all'): Promise<SavedArtifacts> {
    this.#encoded.clear()
    const changes: [string, ArtifactRef | undefined][] = []
    const underWay: Promise<void>[] = []
    let bytesUnderWay = 0
    let inlineBytes = 0
    for (const [name, slot] of this.#slots) {
      const encoded = this.#encode(name, slot, which)
      if (encoded === undefined) continue
      if (encoded === 'gone') changes.push([name, undefined])
      else if ('inlineOrBlob' in encoded) changes.push([name, encoded.inlineOrBlob])
      else {
        const change: [string, ArtifactRef | undefined] = [name, undefined]
        changes.push(change)
        underWay.push(
          this.#store.save(encoded).then((ref) => {
            change[1] = ref
            inlineBytes += ref.inline?.length ?? 0
          }),
        )
        bytesUnderWay += encoded.size
        if (bytesUnderWay > MAX_BYTES_UNDER_WAY) {
          await Promise.all(underWay.splice(0))
          bytesUnderWay = 0
        }
      }
    }
    if (underWay.length > 0) await Promise.all(underWay)
    return { artifacts: withChanges(this.#inherited, changes), inlineBytes }
  }

  /** `undefined`: as inherited. */
  #encode(
    name: string,
    slot: Slot,
    which: 'all' | 'storable',
  ): EncodedValue | { readonly inlineOrBlob: ArtifactRef } | 'gone' | undefined {
    if (slot.kind === 'deleted') return 'gone'
    const inherited = this.#inheritedRef(name)
    if (slot.kind === 'taken') return { inlineOrBlob: slot.ref }
    try {
      if (slot.kind === 'set') {
        const from = this.#loaded.refOf(slot.value)
        const encoded =
          from !== undefined && canBeCompared(from)
            ? changedInPlace(this.#store, `this.${name}`, slot.value, from)
            : this.#encodeOnce(name, slot.value)
        if (encoded === undefined) return from === inherited || from === undefined ? undefined : { inlineOrBlob: from }
        // A hash that need not be made before the value is stored is made while it is written.
        return encoded.size === inherited?.size && encoded.hash === inherited.hash ? undefined : encoded
      }
      const changed = changedInPlace(this.#store, `this.${name}`, slot.value, slot.ref)
      return changed ?? (slot.ref === inherited ? undefined : { inlineOrBlob: slot.ref })
    } catch (error) {
      if (which === 'storable') return slot.kind === 'set' && inherited !== undefined ? 'gone' : undefined
      throw error
    }
  }

  /** A value that has several names is hashed and written once. */
  #encodeOnce(name: string, value: unknown): EncodedValue {
    const known = this.#encoded.get(value)
    if (known !== undefined) return known
    const encoded = encodeValue(value, `this.${name}`)
    if (encoded.size > INLINE_LIMIT) this.#encoded.set(value, encoded)
    return encoded
  }

  #inheritedRef(name: string): ArtifactRef | undefined {
    return Object.hasOwn(this.#inherited, name) ? this.#inherited[name] : undefined
  }
}

function withChanges(
  inherited: ArtifactMap,
  changes: readonly (readonly [string, ArtifactRef | undefined])[],
): ArtifactMap {
  if (changes.length === 0) return inherited
  const artifacts: Record<string, ArtifactRef> = { ...inherited }
  for (const [name, ref] of changes) {
    if (ref === undefined) delete artifacts[name]
    else artifacts[name] = ref
  }
  return artifacts
}

/** Functions are refused where they are assigned, so that the stack shows the line. */
export function refuseFunction(name: string, value: unknown): void {
  if (typeof value === 'function')
    throw flowError('ARTIFACT_NOT_STORABLE', { path: `this.${name}`, kind: 'a function' })
}

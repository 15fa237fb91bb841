import type { ArtifactRef } from '@flowctl/core'
import { encodeValue, type ArtifactStore, type EncodedValue } from '@flowctl/datastore'

/**
 * A loaded value whose encoded form is larger than this is not looked at again: to change it, assign it. (64 MiB; looking costs
 * about as long as storing.)
 */
const REASSIGN_ABOVE = 64 * 1024 * 1024

/**
 * The encoded form of a loaded value if the task changed it in place; `undefined` when it is what it was.
 *
 * The serialization is not canonical: a value that went through it once may serialize to other bytes (arrays with holes,
 * strings in another representation, ...). So when the bytes differ, they are compared with those that a fresh copy of
 * the stored value serializes to.
 */
export function changedInPlace(
  store: ArtifactStore,
  name: string,
  value: unknown,
  ref: ArtifactRef,
): EncodedValue | undefined {
  if (isImmutable(value) || !canBeCompared(ref)) return undefined
  const encoded = encodeValue(value, name)
  if (encoded.hash === ref.hash) return undefined
  return encodeValue(store.loadSync(ref), name).hash === encoded.hash ? undefined : encoded
}

/** Whether a loaded value is looked at for changes at all. */
export function canBeCompared(ref: ArtifactRef): boolean {
  return ref.size <= REASSIGN_ABOVE
}

export function isImmutable(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null
}

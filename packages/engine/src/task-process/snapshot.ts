import { flowError, type ItemSegment, type TakenTransition } from '@flowctl/core'
import { encodeValue, type ArtifactStore, type EncodedValue } from '@flowctl/datastore'

/** A segment holds at most this many items, and about this many bytes (one item may be larger). */
const SEGMENT_ITEMS = 10_000
const SEGMENT_BYTES = 256 * 1024
/** The size of the first segment, before anything is known of how large the items are. */
const FIRST_ITEMS = 64

export interface ForeachVariable {
  readonly step: string
  readonly to: string
  readonly name: string
  readonly value: unknown
  /** `--max-num-splits` */
  readonly max: number
}

export interface Snapshot {
  readonly taken: TakenTransition & { readonly kind: 'foreach' }
  /** Set when the value could be iterated only once and is used up: its items, to be stored in its place. */
  readonly replacement: readonly unknown[] | undefined
}

/** Iterates the variable of a foreach, once, and stores its items in segments. */
export async function snapshotItems(store: ArtifactStore, variable: ForeachVariable): Promise<Snapshot> {
  const { step, name, to } = variable
  const items = itemsOf(variable)
  const oneShot = isOneShot(variable.value)
  const segments: ItemSegment[] = []
  let from = 0
  let size = FIRST_ITEMS
  while (from < items.length) {
    const piece = items.slice(from, from + size)
    const encoded = encodeItems(piece)
    if (encoded.size > 2 * SEGMENT_BYTES && piece.length > 1) {
      size = Math.max(1, Math.min(piece.length >> 1, Math.floor((piece.length * SEGMENT_BYTES) / encoded.size)))
      continue
    }
    segments.push({ from, items: await store.save(encoded) })
    from += piece.length
    size = Math.max(1, Math.min(SEGMENT_ITEMS, Math.floor((piece.length * SEGMENT_BYTES) / encoded.size)))
  }
  return {
    taken: { kind: 'foreach', to, count: items.length, segments },
    replacement: oneShot ? items : undefined,
  }

  /** The path in an error counts from the start of the list. */
  function encodeItems(piece: readonly unknown[]): EncodedValue {
    try {
      return encodeValue(piece, `this.${name}`)
    } catch (error) {
      encodeValue(items, `this.${name}`)
      throw error
    }
  }

  function itemsOf({ value, max }: ForeachVariable): readonly unknown[] {
    if (value === undefined || value === null) throw flowError('FOREACH_MISSING', { step, name })
    if (!isIterable(value)) throw flowError('FOREACH_NOT_ITERABLE', { step, name, type: typeText(value) })
    const known = knownSize(value)
    if (known !== undefined && known > max) throw flowError('FOREACH_TOO_WIDE', { step, name, count: known, max })
    const collected: unknown[] = []
    for (const item of value) {
      if (collected.length === max) throw flowError('FOREACH_TOO_WIDE', { step, name, max })
      collected.push(item)
    }
    return collected
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function'
}

/** An iterator that is its own iterable (a generator, `map.values()`) is empty after one pass. */
function isOneShot(value: unknown): boolean {
  return typeof value === 'object' && value !== null && isIterable(value) && 'next' in value && typeof value.next === 'function'
}

function knownSize(value: Iterable<unknown>): number | undefined {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value)) return Number(value.length)
  if (value instanceof Set || value instanceof Map) return value.size
  return undefined
}

function typeText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name
  return name === undefined || name === 'Object' ? 'an object' : `a ${name}`
}

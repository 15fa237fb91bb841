import { serialize } from 'node:v8'
import { flowError, type ItemSegment, type TakenTransition } from '@flowctl/core'
import { encodeValue, type ArtifactStore, type EncodedValue } from '@flowctl/datastore'

/** A segment holds at most this many items, and about this many bytes before compression (one item may be larger). */
const SEGMENT_ITEMS = 10_000
const SEGMENT_BYTES = 256 * 1024

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
  while (from < items.length) {
    const to = endOfSegment(items, from)
    segments.push({ from, items: await store.save(encodeItems(items.slice(from, to))) })
    from = to
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

function endOfSegment(items: readonly unknown[], from: number): number {
  const most = Math.min(items.length, from + SEGMENT_ITEMS)
  let bytes = 0
  for (let index = from; index < most; index += 1) {
    bytes += roughSize(items[index])
    if (bytes > SEGMENT_BYTES && index > from) return index
  }
  return most
}

function roughSize(item: unknown): number {
  if (typeof item === 'string') return item.length
  if (typeof item !== 'object' || item === null) return Float64Array.BYTES_PER_ELEMENT
  if (ArrayBuffer.isView(item)) return item.byteLength
  try {
    return serialize(item).length
  } catch {
    // Encoding the segment will tell what is wrong with it, or manage.
    return Float64Array.BYTES_PER_ELEMENT
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function'
}

/** An iterator that is its own iterable (a generator, `map.values()`) is empty after one pass. */
function isOneShot(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    isIterable(value) &&
    'next' in value &&
    typeof value.next === 'function'
  )
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

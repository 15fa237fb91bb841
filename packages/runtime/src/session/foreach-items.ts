import { countWhile, RecentMap } from '@flowctl/basics'
import type { ItemSegment } from '@flowctl/core'
import { decodeValue, encodeValue, type ArtifactStore } from '@flowctl/datastore'
import type { ForeachSource } from '../protocol/requests.ts'
import { isImmutable } from '../artifacts/changes.ts'

/** Decoded segments that are kept: neighbouring slices, and inner and outer foreaches, come back to them. */
const KEPT_SEGMENTS = 4

interface OpenSegment {
  readonly items: readonly unknown[]
  /** The items that were asked for, each encoded alone. */
  readonly encoded: Map<number, Uint8Array>
}

/**
 * Items of foreaches by index. A segment is decoded once. What it decodes to is handed out only where it cannot be changed; an
 * object is encoded by itself when it is first asked for, and every task gets a copy decoded from that.
 */
export class ForeachItems {
  readonly #store: ArtifactStore
  readonly #segments = new RecentMap<string, OpenSegment>(KEPT_SEGMENTS)

  constructor(store: ArtifactStore) {
    this.#store = store
  }

  /** A copy of the item for whoever asks. */
  item(segments: readonly ItemSegment[], index: number): unknown {
    const { segment, at } = this.#find(segments, index)
    const item = segment.items[at]
    if (isImmutable(item)) return item
    let bytes = segment.encoded.get(at)
    if (bytes === undefined) {
      bytes = Buffer.concat(encodeValue(item, 'input').chunks)
      segment.encoded.set(at, bytes)
    }
    return decodeValue(bytes)
  }

  /** Applies a function that keeps nothing and changes nothing to the item itself. */
  peek<T>(source: ForeachSource, index: number, look: (item: unknown) => T): T {
    const { segment, at } = this.#find(source.segments, index)
    return look(segment.items[at])
  }

  #find(segments: readonly ItemSegment[], index: number): { segment: OpenSegment; at: number } {
    const segment = segmentOf(segments, index)
    return { segment: this.#open(segment), at: index - segment.from }
  }

  #open({ items: ref }: ItemSegment): OpenSegment {
    const found = this.#segments.get(ref.hash)
    if (found !== undefined) return found
    const segment = { items: this.#store.loadSync(ref) as unknown[], encoded: new Map<number, Uint8Array>() }
    this.#segments.set(ref.hash, segment)
    return segment
  }
}

/** The last segment that starts at or before the index. */
function segmentOf(segments: readonly ItemSegment[], index: number): ItemSegment {
  const segment = segments[countWhile(segments.length, (n) => (segments[n] as ItemSegment).from <= index) - 1]
  if (segment === undefined) throw new Error(`A foreach has no segment for its item ${index}`)
  return segment
}

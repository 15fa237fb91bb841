import { inParallel } from '@flowctl/basics'
import { INLINE_LIMIT, type ArtifactRef, type ObjectStore } from '@flowctl/core'
import { decodeParts, decodeValue } from '../codec/decode.ts'
import type { EncodedValue } from '../codec/encode.ts'
import { joined } from '../bytes/chunks.ts'
import { BlobReader } from './blob-reader.ts'
import { BlobWriter } from './blob-writer.ts'
import { BlobsAhead, type BlobParts } from './blobs-ahead.ts'
import { ByteCache } from '../bytes/byte-cache.ts'

export interface ArtifactStoreOptions {
  /** Blobs up to this many bytes are compared with their hash whenever they are read. @default 16 MiB; on S3 all */
  readonly verifyUpTo?: number
  /** Most bytes that `prefetch` keeps. @default 256 MiB */
  readonly cacheBytes?: number
  /** Most bytes that `readAhead` keeps. @default 64 MiB */
  readonly aheadBytes?: number
}

const MIB = 2 ** 20
const PARALLEL_READS = 32

/**
 * The artifacts of a flow: small values live in their reference, larger ones in blobs named by their hash, which all runs
 * share. Every load decodes afresh: what one caller does to a value no other sees.
 */
export class ArtifactStore {
  readonly #reader: BlobReader
  readonly #writer: BlobWriter
  readonly #cache: ByteCache
  readonly #ahead: BlobsAhead

  constructor(store: ObjectStore, flow: string, options: ArtifactStoreOptions = {}) {
    const writer = new BlobWriter(store, flow)
    this.#writer = writer
    this.#reader = new BlobReader(store, flow, {
      verifyUpTo: options.verifyUpTo,
      onMissing: (hash) => writer.forget(hash),
    })
    this.#cache = new ByteCache(options.cacheBytes ?? 256 * MIB)
    this.#ahead = new BlobsAhead(options.aheadBytes ?? 64 * MIB)
  }

  /** Writes the blob unless it is there, and gives the reference for the commit. */
  async save(encoded: EncodedValue): Promise<ArtifactRef> {
    const { size, type, preview } = encoded
    if (size <= INLINE_LIMIT) return { hash: encoded.hash, size, type, preview, inline: base64Of(encoded.chunks) }
    return { hash: await this.#writer.write(encoded), size, type, preview }
  }

  /** Throws ARTIFACT_MISSING, ARTIFACT_CORRUPT and what `decodeValue` throws. */
  async load(ref: ArtifactRef): Promise<unknown> {
    const near = this.#decodeNear(ref)
    return near === undefined ? decoded(await this.#reader.read(ref), true) : near.value
  }

  /** The same for code that cannot wait. Throws DATASTORE_NO_SYNC_READS too. */
  loadSync(ref: ArtifactRef): unknown {
    const near = this.#decodeNear(ref)
    return near === undefined ? decoded(this.#reader.readSync(ref), true) : near.value
  }

  /** The encoded value. Not to be changed: it may be kept here. */
  bytesSync(ref: ArtifactRef): Uint8Array {
    return this.#bytesNear(ref) ?? this.#reader.wholeSync(ref)
  }

  /**
   * Reads the blobs that are not at hand, several at a time, and keeps their bytes while there is room. A hint: a blob that cannot be
   * read is reported when it is loaded.
   */
  async prefetch(refs: Iterable<ArtifactRef>): Promise<void> {
    const wanted = new Map<string, ArtifactRef>()
    for (const ref of refs) {
      if (ref.inline === undefined && !this.#cache.has(ref.hash) && this.#cache.takes(ref.size))
        wanted.set(ref.hash, ref)
    }
    await inParallel([...wanted.values()], PARALLEL_READS, async (ref) => {
      try {
        this.#cache.add(ref.hash, await this.#reader.whole(ref))
      } catch {
        // The load that needs it says what is wrong.
      }
    })
  }

  /** Reads blobs that are about to be loaded, once for each time that they are named: the load takes what was read. A hint too. */
  async readAhead(refs: Iterable<ArtifactRef>): Promise<void> {
    await inParallel([...this.#notAhead(refs)], PARALLEL_READS, async ([ref, loads]) => {
      try {
        this.#ahead.add(ref.hash, await this.#reader.read(ref), loads)
      } catch {
        // As above.
      }
    })
  }

  /** The same for code that cannot wait; does nothing where reading many takes as long as reading one after the other. */
  readAheadSync(refs: Iterable<ArtifactRef>): void {
    if (!this.#reader.readsManySync) return
    const wanted = [...this.#notAhead(refs)]
    if (wanted.length === 0) return
    try {
      const read = this.#reader.manySync(wanted.map(([ref]) => ref))
      for (const [ref, loads] of wanted) this.#ahead.add(ref.hash, read.next().value as BlobParts, loads)
    } catch {
      // As above.
    }
  }

  /** By blob that is to be read: for how many loads. */
  #notAhead(refs: Iterable<ArtifactRef>): Map<ArtifactRef, number> {
    const byHash = new Map<string, ArtifactRef>()
    const wanted = new Map<ArtifactRef, number>()
    for (const ref of refs) {
      if (ref.inline !== undefined || this.#cache.has(ref.hash) || this.#ahead.keep(ref.hash, 1)) continue
      const first = byHash.get(ref.hash) ?? ref
      byHash.set(ref.hash, first)
      wanted.set(first, (wanted.get(first) ?? 0) + 1)
    }
    return wanted
  }

  #decodeNear(ref: ArtifactRef): { readonly value: unknown } | undefined {
    const taken = ref.inline === undefined ? this.#ahead.take(ref.hash) : undefined
    if (taken !== undefined) return { value: decoded(taken.parts, taken.last) }
    const bytes = this.#bytesNear(ref)
    return bytes && { value: decodeValue(bytes) }
  }

  #bytesNear(ref: ArtifactRef): Uint8Array | undefined {
    return ref.inline === undefined ? this.#cache.get(ref.hash) : Buffer.from(ref.inline, 'base64')
  }
}

/** `owned`: the memory of the parts may become the value's. */
function decoded(parts: BlobParts, owned: boolean): unknown {
  const [first, rest] = parts as readonly [Uint8Array, Uint8Array?]
  return rest === undefined ? decodeValue(first) : decodeParts(first, rest, owned)
}

function base64Of(chunks: readonly Uint8Array[]): string {
  const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : joined(chunks)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

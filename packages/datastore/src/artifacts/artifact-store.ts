import { createHash } from 'node:crypto'
import { flowError, INLINE_LIMIT, layout, type ArtifactRef, type ObjectStore, type SyncReads } from '@flowctl/core'
import { decodeParts, decodeValue } from '../codec/decode.ts'
import type { EncodedValue } from '../codec/encode.ts'
import { HEADER_SIZE } from '../codec/header.ts'
import { joined, sizeOf } from '../bytes/chunks.ts'
import { inParallel } from '../bytes/in-parallel.ts'
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
/** Of larger blobs the header is read apart, so that the rest can become the value's memory. On S3 that is one more request. */
const READ_IN_PARTS = 64 * 1024
const READ_IN_PARTS_S3 = 8 * MIB
const PARALLEL_READS = 32
const WRITTEN_AT_ONCE = 8 * MIB
/** Hashes kept as known: some megabytes. */
const MOST_KNOWN = 50_000

/**
 * The artifacts of a flow: small values live in their reference, larger ones in blobs named by their hash, which all runs
 * share. Every load decodes afresh: what one caller does to a value no other sees.
 */
export class ArtifactStore {
  readonly #store: ObjectStore
  readonly #flow: string
  readonly #verifyUpTo: number
  readonly #readInParts: number
  readonly #cache: ByteCache
  readonly #ahead: BlobsAhead
  /** Hashes of blobs that are in the store. */
  readonly #known = new Set<string>()
  readonly #writing = new Map<string, Promise<void>>()
  /** Hashes that were made, or are made, while their values were written. */
  readonly #naming = new WeakMap<EncodedValue, Promise<string>>()

  constructor(store: ObjectStore, flow: string, options: ArtifactStoreOptions = {}) {
    this.#store = store
    this.#flow = flow
    const onS3 = store.url.startsWith('s3:')
    this.#verifyUpTo = options.verifyUpTo ?? (onS3 ? Infinity : 16 * MIB)
    this.#readInParts = onS3 ? READ_IN_PARTS_S3 : READ_IN_PARTS
    this.#cache = new ByteCache(options.cacheBytes ?? 256 * MIB)
    this.#ahead = new BlobsAhead(options.aheadBytes ?? 64 * MIB)
  }

  /** Writes the blob unless it is there, and gives the reference for the commit. */
  async save(encoded: EncodedValue): Promise<ArtifactRef> {
    const { size, type, preview } = encoded
    if (size <= INLINE_LIMIT) return { hash: encoded.hash, size, type, preview, inline: base64Of(encoded.chunks) }
    return { hash: await this.#stored(encoded), size, type, preview }
  }

  async #stored(encoded: EncodedValue): Promise<string> {
    if (encoded.size > WRITTEN_AT_ONCE && !encoded.isHashed && this.#store.putHashed !== undefined) {
      try {
        const naming =
          this.#naming.get(encoded) ?? this.#store.putHashed(encoded.chunks, (hash) => this.#keyOf({ hash }))
        this.#naming.set(encoded, naming)
        const hash = await naming
        this.#know(hash)
        return hash
      } catch (error) {
        this.#naming.delete(encoded)
        throw error
      }
    }
    const { hash } = encoded
    if (this.#known.has(hash)) return hash
    let writing = this.#writing.get(hash)
    if (writing === undefined) {
      writing = this.#write(encoded).finally(() => this.#writing.delete(hash))
      this.#writing.set(hash, writing)
    }
    await writing
    return hash
  }

  /** Throws ARTIFACT_MISSING, ARTIFACT_CORRUPT and what `decodeValue` throws. */
  async load(ref: ArtifactRef): Promise<unknown> {
    const near = this.#decodeNear(ref)
    return near === undefined ? decoded(await this.#read(ref), true) : near.value
  }

  /** The same for code that cannot wait. Throws DATASTORE_NO_SYNC_READS too. */
  loadSync(ref: ArtifactRef): unknown {
    const near = this.#decodeNear(ref)
    return near === undefined ? decoded(this.#readSync(ref), true) : near.value
  }

  /** The encoded value. Not to be changed: it may be kept here. */
  bytesSync(ref: ArtifactRef): Uint8Array {
    const near = this.#bytesNear(ref)
    return near ?? (this.#checked(ref, [this.#sync().get(this.#keyOf(ref))])[0] as Uint8Array)
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
        const bytes = (await this.#store.get(this.#keyOf(ref)))?.bytes
        this.#cache.add(ref.hash, this.#checked(ref, [bytes])[0] as Uint8Array)
      } catch {
        // The load that needs it says what is wrong.
      }
    })
  }

  /** Reads blobs that are about to be loaded, once for each time that they are named: the load takes what was read. A hint too. */
  async readAhead(refs: Iterable<ArtifactRef>): Promise<void> {
    await inParallel([...this.#notAhead(refs)], PARALLEL_READS, async ([ref, loads]) => {
      try {
        this.#ahead.add(ref.hash, await this.#read(ref), loads)
      } catch {
        // As above.
      }
    })
  }

  /** The same for code that cannot wait; does nothing where reading many takes as long as reading one after the other. */
  readAheadSync(refs: Iterable<ArtifactRef>): void {
    const { sync } = this.#store
    const wanted = sync?.getMany === undefined ? [] : [...this.#notAhead(refs)]
    if (sync?.getMany === undefined || wanted.length === 0) return
    try {
      const found = sync.getMany(wanted.map(([ref]) => this.#keyOf(ref)))
      wanted.forEach(([ref, loads], i) => this.#ahead.add(ref.hash, this.#checked(ref, [found[i]]), loads))
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

  /** What has its hash as its name may be written twice: of a large blob only a plain `put` can be written in parts. */
  async #write(encoded: EncodedValue): Promise<void> {
    const key = this.#keyOf(encoded)
    if (encoded.size <= WRITTEN_AT_ONCE) await this.#store.putIfAbsent(key, encoded.chunks)
    else if ((await this.#store.getRange(key, 0, 0)) === undefined) await this.#store.put(key, encoded.chunks)
    this.#know(encoded.hash)
  }

  #know(hash: string): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.add(hash)
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

  #keyOf(ref: { readonly hash: string }): string {
    return layout.dataKey(this.#flow, ref.hash)
  }

  #sync(): SyncReads {
    if (this.#store.sync === undefined) throw flowError('DATASTORE_NO_SYNC_READS', { url: this.#store.url })
    return this.#store.sync
  }

  async #read(ref: ArtifactRef): Promise<BlobParts> {
    const key = this.#keyOf(ref)
    const store = this.#store
    if (ref.size <= this.#readInParts) return this.#checked(ref, [(await store.get(key))?.bytes])
    const header = store.getRange(key, 0, HEADER_SIZE)
    return this.#checked(ref, await Promise.all([header, store.getRange(key, HEADER_SIZE, ref.size)]))
  }

  #readSync(ref: ArtifactRef): BlobParts {
    const key = this.#keyOf(ref)
    const sync = this.#sync()
    if (ref.size <= this.#readInParts) return this.#checked(ref, [sync.get(key)])
    return this.#checked(ref, [sync.getRange(key, 0, HEADER_SIZE), sync.getRange(key, HEADER_SIZE, ref.size)])
  }

  #checked(ref: ArtifactRef, parts: readonly (Uint8Array | undefined)[]): BlobParts {
    const where = { key: this.#keyOf(ref), store: this.#store.url }
    const found = parts.filter((part) => part !== undefined)
    if (found.length < parts.length) {
      // Whoever stores the value again shall write it.
      this.#known.delete(ref.hash)
      throw flowError('ARTIFACT_MISSING', where)
    }
    const size = sizeOf(found)
    if (size !== ref.size) {
      throw flowError('ARTIFACT_CORRUPT', { ...where, problem: `${size} bytes instead of ${ref.size}` })
    }
    if (size > this.#verifyUpTo) return found
    const sum = createHash('sha256')
    for (const part of found) sum.update(part)
    if (sum.digest('hex') !== ref.hash)
      throw flowError('ARTIFACT_CORRUPT', { ...where, problem: 'the hash is another one' })
    return found
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

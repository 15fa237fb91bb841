import { createHash } from 'node:crypto'
import { flowError, INLINE_LIMIT, layout, type ArtifactRef, type ObjectStore, type SyncReads } from '@flowctl/core'
import { decodeParts, decodeValue } from '../codec/decode.ts'
import type { EncodedValue } from '../codec/encode.ts'
import { HEADER_SIZE } from '../codec/header.ts'
import { joined } from '../stores/chunks.ts'
import { ByteCache } from './byte-cache.ts'

export interface ArtifactStoreOptions {
  /** Blobs up to this many bytes are compared with their hash whenever they are read. @default 16 MiB; on S3 all */
  readonly verifyUpTo?: number
  /** Most bytes that `prefetch` keeps. @default 256 MiB */
  readonly cacheBytes?: number
}

const MIB = 2 ** 20
/** Of larger blobs the header is read apart, so that the rest can become the value's memory. */
const READ_IN_PARTS = MIB
const PARALLEL_READS = 16
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
  readonly #cache: ByteCache
  /** Hashes of blobs that are in the store. */
  readonly #known = new Set<string>()
  readonly #writing = new Map<string, Promise<void>>()

  constructor(store: ObjectStore, flow: string, options: ArtifactStoreOptions = {}) {
    this.#store = store
    this.#flow = flow
    this.#verifyUpTo = options.verifyUpTo ?? (store.url.startsWith('s3:') ? Infinity : 16 * MIB)
    this.#cache = new ByteCache(options.cacheBytes ?? 256 * MIB)
  }

  /** Writes the blob unless it is there, and gives the reference for the commit. */
  async save(encoded: EncodedValue): Promise<ArtifactRef> {
    const { hash, size, type, preview } = encoded
    if (size <= INLINE_LIMIT) return { hash, size, type, preview, inline: base64Of(encoded.chunks) }
    if (!this.#known.has(hash)) {
      let writing = this.#writing.get(hash)
      if (writing === undefined) {
        writing = this.#write(encoded).finally(() => this.#writing.delete(hash))
        this.#writing.set(hash, writing)
      }
      await writing
    }
    return { hash, size, type, preview }
  }

  /** Throws ARTIFACT_MISSING, ARTIFACT_CORRUPT and what `decodeValue` throws. */
  async load(ref: ArtifactRef): Promise<unknown> {
    const near = this.#near(ref)
    if (near !== undefined) return decodeValue(near)
    const key = this.#keyOf(ref)
    if (ref.size <= READ_IN_PARTS) {
      return decodeValue(this.#checked(ref, (await this.#store.get(key))?.bytes))
    }
    const header = await this.#store.getRange(key, 0, HEADER_SIZE)
    return this.#decodeParts(ref, header, await this.#store.getRange(key, HEADER_SIZE, ref.size))
  }

  /** The same for code that cannot wait. Throws DATASTORE_NO_SYNC_READS too. */
  loadSync(ref: ArtifactRef): unknown {
    const near = this.#near(ref)
    if (near !== undefined) return decodeValue(near)
    const key = this.#keyOf(ref)
    const sync = this.#sync()
    if (ref.size <= READ_IN_PARTS) return decodeValue(this.#checked(ref, sync.get(key)))
    return this.#decodeParts(ref, sync.getRange(key, 0, HEADER_SIZE), sync.getRange(key, HEADER_SIZE, ref.size))
  }

  /** The encoded value. Not to be changed: it may be kept here. */
  bytesSync(ref: ArtifactRef): Uint8Array {
    return this.#near(ref) ?? this.#checked(ref, this.#sync().get(this.#keyOf(ref)))
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
    const queue = wanted.values()
    const reader = async (): Promise<void> => {
      for (const ref of queue) await this.#fetch(ref)
    }
    await Promise.all(Array.from({ length: Math.min(PARALLEL_READS, wanted.size) }, reader))
  }

  async #fetch(ref: ArtifactRef): Promise<void> {
    try {
      const found = await this.#store.get(this.#keyOf(ref))
      this.#cache.add(ref.hash, this.#checked(ref, found?.bytes))
    } catch {
      // The load that needs it says what is wrong.
    }
  }

  /** What has its hash as its name may be written twice: of a large blob only a plain `put` can be written in parts. */
  async #write(encoded: EncodedValue): Promise<void> {
    const key = this.#keyOf(encoded)
    if (encoded.size <= WRITTEN_AT_ONCE) await this.#store.putIfAbsent(key, encoded.chunks)
    else if ((await this.#store.getRange(key, 0, 0)) === undefined) await this.#store.put(key, encoded.chunks)
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.add(encoded.hash)
  }

  #near(ref: ArtifactRef): Uint8Array | undefined {
    return ref.inline === undefined ? this.#cache.get(ref.hash) : Buffer.from(ref.inline, 'base64')
  }

  #keyOf(ref: { readonly hash: string }): string {
    return layout.dataKey(this.#flow, ref.hash)
  }

  #sync(): SyncReads {
    if (this.#store.sync === undefined) throw flowError('DATASTORE_NO_SYNC_READS', { url: this.#store.url })
    return this.#store.sync
  }

  #decodeParts(ref: ArtifactRef, header: Uint8Array | undefined, body: Uint8Array | undefined): unknown {
    this.#check(ref, header === undefined || body === undefined ? undefined : [header, body])
    return decodeParts(header as Uint8Array, body as Uint8Array, true)
  }

  #checked(ref: ArtifactRef, bytes: Uint8Array | undefined): Uint8Array {
    this.#check(ref, bytes && [bytes])
    return bytes as Uint8Array
  }

  #check(ref: ArtifactRef, parts: readonly Uint8Array[] | undefined): void {
    const where = { key: this.#keyOf(ref), store: this.#store.url }
    if (parts === undefined) {
      // Whoever stores the value again shall write it.
      this.#known.delete(ref.hash)
      throw flowError('ARTIFACT_MISSING', where)
    }
    const size = parts.reduce((sum, part) => sum + part.byteLength, 0)
    if (size !== ref.size) {
      throw flowError('ARTIFACT_CORRUPT', { ...where, problem: `${size} bytes instead of ${ref.size}` })
    }
    if (size > this.#verifyUpTo) return
    const sum = createHash('sha256')
    for (const part of parts) sum.update(part)
    if (sum.digest('hex') !== ref.hash)
      throw flowError('ARTIFACT_CORRUPT', { ...where, problem: 'the hash is another one' })
  }
}

function base64Of(chunks: readonly Uint8Array[]): string {
  const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : joined(chunks)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

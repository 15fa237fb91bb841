import { createHash } from 'node:crypto'
import { flowError, layout, type ArtifactRef, type ObjectStore, type SyncReads } from '@flowctl/core'
import { sizeOf } from '../bytes/chunks.ts'
import { HEADER_SIZE } from '../codec/header.ts'
import type { BlobParts } from './blobs-ahead.ts'

const MIB = 2 ** 20
/** Of larger blobs the header is read apart, so that the rest can become the value's memory. On S3 that is one more request. */
const READ_IN_PARTS = 64 * 1024
const READ_IN_PARTS_S3 = 8 * MIB
/** Larger blobs are not compared with their hash, unless they come from S3. */
const VERIFY_UP_TO = 16 * MIB

export interface BlobReaderOptions {
  /** See `ArtifactStoreOptions.verifyUpTo`. */
  readonly verifyUpTo: number | undefined
  /** Told of a blob that should be there and is not. */
  readonly onMissing: (hash: string) => void
}

/** Reads the blobs of a flow and checks them. Throws ARTIFACT_MISSING and ARTIFACT_CORRUPT. */
export class BlobReader {
  readonly #store: ObjectStore
  readonly #flow: string
  readonly #verifyUpTo: number
  readonly #readInParts: number
  readonly #onMissing: (hash: string) => void

  constructor(store: ObjectStore, flow: string, { verifyUpTo, onMissing }: BlobReaderOptions) {
    this.#store = store
    this.#flow = flow
    const onS3 = store.url.startsWith('s3:')
    this.#verifyUpTo = verifyUpTo ?? (onS3 ? Infinity : VERIFY_UP_TO)
    this.#readInParts = onS3 ? READ_IN_PARTS_S3 : READ_IN_PARTS
    this.#onMissing = onMissing
  }

  async whole(ref: ArtifactRef): Promise<Uint8Array> {
    return this.#checked(ref, [(await this.#store.get(this.#keyOf(ref)))?.bytes])[0] as Uint8Array
  }

  async read(ref: ArtifactRef): Promise<BlobParts> {
    if (ref.size <= this.#readInParts) return [await this.whole(ref)]
    const key = this.#keyOf(ref)
    const header = this.#store.getRange(key, 0, HEADER_SIZE)
    return this.#checked(ref, await Promise.all([header, this.#store.getRange(key, HEADER_SIZE, ref.size)]))
  }

  /** For code that cannot wait. Throws DATASTORE_NO_SYNC_READS too. */
  wholeSync(ref: ArtifactRef): Uint8Array {
    return this.#checked(ref, [this.#sync().get(this.#keyOf(ref))])[0] as Uint8Array
  }

  /** For code that cannot wait. Throws DATASTORE_NO_SYNC_READS too. */
  readSync(ref: ArtifactRef): BlobParts {
    if (ref.size <= this.#readInParts) return [this.wholeSync(ref)]
    const key = this.#keyOf(ref)
    const sync = this.#sync()
    return this.#checked(ref, [sync.getRange(key, 0, HEADER_SIZE), sync.getRange(key, HEADER_SIZE, ref.size)])
  }

  /** Whether many blobs can be read at once by code that cannot wait. */
  get readsManySync(): boolean {
    return this.#store.sync?.getMany !== undefined
  }

  /** Many at once, each when it is asked for checked. Only where `readsManySync`. */
  *manySync(refs: readonly ArtifactRef[]): Generator<BlobParts> {
    const found = this.#store.sync?.getMany?.(refs.map((ref) => this.#keyOf(ref))) ?? []
    for (const [i, ref] of refs.entries()) yield this.#checked(ref, [found[i]])
  }

  #keyOf(ref: ArtifactRef): string {
    return layout.dataKey(this.#flow, ref.hash)
  }

  #sync(): SyncReads {
    if (this.#store.sync === undefined) throw flowError('DATASTORE_NO_SYNC_READS', { url: this.#store.url })
    return this.#store.sync
  }

  #checked(ref: ArtifactRef, parts: readonly (Uint8Array | undefined)[]): BlobParts {
    const where = { key: this.#keyOf(ref), store: this.#store.url }
    const found = parts.filter((part) => part !== undefined)
    if (found.length < parts.length) {
      this.#onMissing(ref.hash)
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

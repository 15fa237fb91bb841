import { RecentMap } from '@flowctl/basics'
import { layout, type ObjectStore } from '@flowctl/core'
import type { EncodedValue } from '../codec/encode.ts'

/** Larger blobs are hashed while they are written, where the store can do that, and are written in parts. */
const WRITTEN_AT_ONCE = 8 * 2 ** 20
/** Hashes kept as known: some megabytes. */
const MOST_KNOWN = 50_000

/** Writes the blobs of a flow, each once as far as is known here. */
export class BlobWriter {
  readonly #store: ObjectStore
  readonly #flow: string
  /** Hashes of blobs that are in the store. */
  readonly #known = new RecentMap<string, true>(MOST_KNOWN)
  readonly #writing = new Map<string, Promise<void>>()
  /** Hashes that were made, or are made, while their values were written. */
  readonly #naming = new WeakMap<EncodedValue, Promise<string>>()

  constructor(store: ObjectStore, flow: string) {
    this.#store = store
    this.#flow = flow
  }

  /** Writes the blob unless it is there, and gives its hash. */
  async write(encoded: EncodedValue): Promise<string> {
    if (encoded.size > WRITTEN_AT_ONCE && !encoded.isHashed && this.#store.putHashed !== undefined) {
      try {
        const naming = this.#naming.get(encoded) ?? this.#store.putHashed(encoded.chunks, (hash) => this.#keyOf(hash))
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
      writing = this.#put(encoded).finally(() => this.#writing.delete(hash))
      this.#writing.set(hash, writing)
    }
    await writing
    return hash
  }

  /** A blob that was thought to be there is not: whoever stores the value again writes it. */
  forget(hash: string): void {
    this.#known.delete(hash)
  }

  /** What has its hash as its name may be written twice: of a large blob only a plain `put` can be written in parts. */
  async #put(encoded: EncodedValue): Promise<void> {
    const key = this.#keyOf(encoded.hash)
    if (encoded.size <= WRITTEN_AT_ONCE) await this.#store.putIfAbsent(key, encoded.chunks)
    else if ((await this.#store.getRange(key, 0, 0)) === undefined) await this.#store.put(key, encoded.chunks)
    this.#know(encoded.hash)
  }

  #know(hash: string): void {
    this.#known.set(hash, true)
  }

  #keyOf(hash: string): string {
    return layout.dataKey(this.#flow, hash)
  }
}

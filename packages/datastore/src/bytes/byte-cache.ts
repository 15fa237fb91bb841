import { RecentMap } from '@flowctl/basics'

/** Encoded values by hash, the ones used last, up to a number of bytes in all. */
export class ByteCache {
  readonly #entries: RecentMap<string, Uint8Array>
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#entries = new RecentMap(capacity, (bytes) => bytes.byteLength)
  }

  has(hash: string): boolean {
    return this.#entries.has(hash)
  }

  get(hash: string): Uint8Array | undefined {
    return this.#entries.get(hash)
  }

  /** Whether a value of that many bytes may be kept: one that would drive out most others is not. */
  takes(size: number): boolean {
    return size <= this.#capacity / 4
  }

  add(hash: string, bytes: Uint8Array): void {
    if (!this.#entries.has(hash) && this.takes(bytes.byteLength)) this.#entries.set(hash, bytes)
  }
}

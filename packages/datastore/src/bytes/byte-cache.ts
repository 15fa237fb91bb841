/** Encoded values by hash, the ones used last, up to a number of bytes in all. */
export class ByteCache {
  readonly #entries = new Map<string, Uint8Array>()
  readonly #capacity: number
  #bytes = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  has(hash: string): boolean {
    return this.#entries.has(hash)
  }

  get(hash: string): Uint8Array | undefined {
    const found = this.#entries.get(hash)
    if (found === undefined) return undefined
    this.#entries.delete(hash)
    this.#entries.set(hash, found)
    return found
  }

  /** Whether a value of that many bytes may be kept: one that would drive out most others is not. */
  takes(size: number): boolean {
    return size <= this.#capacity / 4
  }

  add(hash: string, bytes: Uint8Array): void {
    if (this.#entries.has(hash) || !this.takes(bytes.byteLength)) return
    this.#entries.set(hash, bytes)
    this.#bytes += bytes.byteLength
    for (const [oldest, its] of this.#entries) {
      if (this.#bytes <= this.#capacity) break
      this.#entries.delete(oldest)
      this.#bytes -= its.byteLength
    }
  }
}

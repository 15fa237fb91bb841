/** The pieces of a blob: the whole, or its header and the rest. */
export type BlobParts = readonly Uint8Array[]

interface Waiting {
  readonly parts: BlobParts
  readonly bytes: number
  loads: number
}

/** Blobs that were read before they are loaded. Each load takes its own away, so what is loaded once is not kept. */
export class BlobsAhead {
  readonly #waiting = new Map<string, Waiting>()
  readonly #capacity: number
  #bytes = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Whether the blob is there already; then it stays for so many loads more. */
  keep(hash: string, loads: number): boolean {
    const found = this.#waiting.get(hash)
    if (found !== undefined) found.loads += loads
    return found !== undefined
  }

  /** The ones that wait longest make room. */
  add(hash: string, parts: BlobParts, loads: number): void {
    if (this.keep(hash, loads)) return
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
    this.#waiting.set(hash, { parts, bytes, loads })
    this.#bytes += bytes
    for (const oldest of this.#waiting.keys()) {
      if (this.#bytes <= this.#capacity) break
      this.#drop(oldest)
    }
  }

  /** `last`: nobody else will ask, so the memory is the caller's. */
  take(hash: string): { readonly parts: BlobParts; readonly last: boolean } | undefined {
    const found = this.#waiting.get(hash)
    if (found === undefined) return undefined
    found.loads -= 1
    const last = found.loads <= 0
    if (last) this.#drop(hash)
    return { parts: found.parts, last }
  }

  #drop(hash: string): void {
    this.#bytes -= this.#waiting.get(hash)?.bytes ?? 0
    this.#waiting.delete(hash)
  }
}

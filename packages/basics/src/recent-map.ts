/**
 * A map that keeps what was used last, up to a limit. What was used least lately is let go first; the entry that was set last is kept,
 * however much it weighs.
 */
export class RecentMap<K, V> {
  readonly #most: number
  readonly #weigh: (value: V) => number
  /** In order of their use. */
  readonly #entries = new Map<K, V>()
  #weight = 0

  /** `most`: what all entries may weigh together. `weigh`: what one weighs; 1 without it, so that `most` is a number of entries. */
  constructor(most: number, weigh: (value: V) => number = () => 1) {
    this.#most = most
    this.#weigh = weigh
  }

  get size(): number {
    return this.#entries.size
  }

  /** Does not count as a use. */
  has(key: K): boolean {
    return this.#entries.has(key)
  }

  get(key: K): V | undefined {
    const found = this.#entries.get(key)
    if (found === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, found)
    return found
  }

  /** Gets what is there, and forgets it. */
  take(key: K): V | undefined {
    const found = this.#entries.get(key)
    this.delete(key)
    return found
  }

  set(key: K, value: V): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#weight += this.#weigh(value)
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#most || oldest === key) return
      this.delete(oldest)
    }
  }

  delete(key: K): void {
    const found = this.#entries.get(key)
    if (found === undefined) return
    this.#entries.delete(key)
    this.#weight -= this.#weigh(found)
  }
}

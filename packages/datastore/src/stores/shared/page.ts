import { countWhile } from '@flowctl/basics'
import type { ListPage } from '@flowctl/core'

export const DEFAULT_PAGE = 1000

/** Collects the entries of one page in ascending order; the cursor is the last entry of the page. */
export class PageBuilder {
  readonly #keys: string[] = []
  readonly #prefixes: string[] = []
  readonly #limit: number
  #last: string | undefined
  #more = false

  constructor(limit: number | undefined) {
    this.#limit = Math.max(1, Math.floor(limit ?? DEFAULT_PAGE))
  }

  /** Whether there is room; when there is none, the entry that was about to be added makes the page go on. */
  hasRoom(): boolean {
    if (this.#keys.length + this.#prefixes.length < this.#limit) return true
    this.#more = true
    return false
  }

  addKey(key: string): void {
    this.#keys.push(key)
    this.#last = key
  }

  addPrefix(prefix: string): void {
    this.#prefixes.push(prefix)
    this.#last = prefix
  }

  page(): ListPage {
    const page = { keys: this.#keys, prefixes: this.#prefixes }
    return this.#more && this.#last !== undefined ? { ...page, cursor: this.#last } : page
  }
}

/** Where the first of the sorted `entries` stands that is not smaller than `key`. */
export function lowerBound(entries: readonly string[], key: string): number {
  return countWhile(entries.length, (n) => (entries[n] as string) < key)
}

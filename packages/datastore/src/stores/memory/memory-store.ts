import type {
  Body,
  ConditionalPutResult,
  ListOptions,
  ListPage,
  ObjectStore,
  PutResult,
  StoredObject,
} from '@flowctl/core'
import { chunksOf, joined } from '../../bytes/chunks.ts'
import { checkKey, checkPrefix } from '../shared/keys.ts'
import { lowerBound, PageBuilder } from '../shared/page.ts'

/** A store that lives and dies with its process. Every read is a copy. */
export function memoryStore(): ObjectStore {
  return new MemoryStore()
}

/** Greater than every character of a key, so that `prefix + AFTER` follows all keys below the prefix. */
const AFTER = '\u{7f}'

class MemoryStore implements ObjectStore {
  readonly url = 'memory:'
  readonly #objects = new Map<string, { readonly bytes: Uint8Array; readonly etag: string }>()
  #writes = 0
  /** The keys in order, made when a listing first needs them after a change of the set of keys. */
  #sorted: string[] | undefined

  readonly sync = {
    get: (key: string): Uint8Array | undefined => this.#find(key)?.bytes.slice(),
    getRange: (key: string, from: number, to: number): Uint8Array | undefined =>
      this.#find(key)?.bytes.slice(from, Math.max(from, to)),
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const found = this.#find(key)
    return found && { bytes: found.bytes.slice(), etag: found.etag }
  }

  async getRange(key: string, from: number, to: number): Promise<Uint8Array | undefined> {
    return this.sync.getRange(key, from, to)
  }

  async put(key: string, body: Body): Promise<PutResult> {
    checkKey(key)
    return { etag: this.#write(key, body) }
  }

  async putIfAbsent(key: string, body: Body): Promise<ConditionalPutResult> {
    if (this.#find(key) !== undefined) return { written: false }
    return { written: true, etag: this.#write(key, body) }
  }

  async putIfMatch(key: string, body: Body, etag: string): Promise<ConditionalPutResult> {
    if (this.#find(key)?.etag !== etag) return { written: false }
    return { written: true, etag: this.#write(key, body) }
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    checkPrefix(prefix)
    const keys = (this.#sorted ??= [...this.#objects.keys()].sort())
    const page = new PageBuilder(options.limit)
    let at = lowerBound(keys, startOf(prefix, options.cursor))
    for (let key = keys[at]; key !== undefined && key.startsWith(prefix); key = keys[at]) {
      if (!page.hasRoom()) break
      const slash = options.delimiter === undefined ? -1 : key.indexOf('/', prefix.length)
      if (slash === -1) {
        page.addKey(key)
        at += 1
      } else {
        const rolledUp = key.slice(0, slash + 1)
        page.addPrefix(rolledUp)
        at = lowerBound(keys, rolledUp + AFTER)
      }
    }
    return page.page()
  }

  async delete(key: string): Promise<void> {
    checkKey(key)
    if (this.#objects.delete(key)) this.#sorted = undefined
  }

  #find(key: string) {
    checkKey(key)
    return this.#objects.get(key)
  }

  #write(key: string, body: Body): string {
    this.#writes += 1
    const etag = String(this.#writes)
    if (!this.#objects.has(key)) this.#sorted = undefined
    this.#objects.set(key, { bytes: joined(chunksOf(body)), etag })
    return etag
  }
}

/** The smallest string that the next page may start with. */
function startOf(prefix: string, cursor: string | undefined): string {
  if (cursor === undefined || cursor < prefix) return prefix
  return cursor.endsWith('/') ? cursor + AFTER : `${cursor}\0`
}

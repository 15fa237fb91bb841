/**
 * The one port to durable storage. Keys are `/`-separated paths of the characters `A-Z a-z 0-9 . _ ~ -`, relative to the
 * store's root. Objects are written whole and are never seen half written. What the store promises is written here, and the
 * conformance suite in the datastore package tests every adapter for it.
 */
export interface ObjectStore {
  /** Where the store is, as the user would write it: `file:///...`, `memory:`, `s3://bucket/prefix`. */
  readonly url: string

  /** The whole object, or `undefined` when there is none. */
  get(key: string): Promise<StoredObject | undefined>

  /**
   * The bytes from `from` (0 = first) up to, not including, `to`; fewer when the object ends earlier; `undefined` when there is
   * no object. The bytes own their ArrayBuffer: nothing else is in it, and it may be kept or transferred.
   */
  getRange(key: string, from: number, to: number): Promise<Uint8Array | undefined>

  /** Writes the object, whatever was there. Several chunks are written one after the other, without being joined in memory. */
  put(key: string, body: Body): Promise<PutResult>

  /**
   * Writes an object whose key follows from the SHA-256 (hex) of its bytes, which is returned. Only there where hashing while writing
   * takes less time than one after the other. Until it is done, the bytes must not change.
   */
  putHashed?(body: Body, keyOf: (hash: string) => string): Promise<string>

  /** Writes the object only if there is none. Of many writers at once exactly one is told `written`. */
  putIfAbsent(key: string, body: Body): Promise<ConditionalPutResult>

  /** Writes the object only if its etag still is the one given. */
  putIfMatch(key: string, body: Body, etag: string): Promise<ConditionalPutResult>

  /**
   * One page of what is below a prefix (a string prefix, not a folder), in ascending order of key. With `delimiter: '/'` keys
   * that go on after a further `/` are rolled up into `prefixes`, each ending in `/`.
   */
  list(prefix: string, options?: ListOptions): Promise<ListPage>

  /** Removes the object; nothing happens when there is none. */
  delete(key: string): Promise<void>

  /** A hint that an object is going to be written: what takes time and can be done ahead is done now. It may do nothing; throws nothing. */
  prepare?(key: string): void

  /**
   * Reads for code that cannot wait, where the adapter has them: the getter of an artifact. An adapter without
   * them is read through a loader thread.
   */
  readonly sync?: SyncReads
}

export type Body = Uint8Array | readonly Uint8Array[]

export interface StoredObject {
  readonly bytes: Uint8Array
  /** Opaque. Changes whenever the bytes of the object do; writing the same bytes again may keep it. */
  readonly etag: string
}

export interface SyncReads {
  get(key: string): Uint8Array | undefined
  getRange(key: string, from: number, to: number): Uint8Array | undefined
  /** The same as `get` of each, under way at the same time. Only there where that saves round trips. */
  getMany?(keys: readonly string[]): (Uint8Array | undefined)[]
}

export interface PutResult {
  readonly etag: string
}

export type ConditionalPutResult =
  | { readonly written: true; readonly etag: string }
  /** Somebody else's object stands there, or the etag is another one. */
  | { readonly written: false }

export interface ListOptions {
  readonly delimiter?: '/'
  /** Most entries (keys and prefixes together) of a page. @default 1000 */
  readonly limit?: number
  /** Where the last page ended. */
  readonly cursor?: string
}

export interface ListPage {
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  /** Given when there is more. */
  readonly cursor?: string
}

import type { Readable } from 'node:stream'

/**
 * Requests for one object, each tried once. There are two ways to make them, `SignedRequests` and `CommandRequests`; which of them a
 * request takes is decided by `RequestsWithFallback`, and nowhere else. Requests throw errors in the form of the SDK's.
 */
export interface ObjectRequests {
  /** @param range as in the header of that name @param ifMatch etag of the version that is wanted @default any */
  get(key: string, range: string, ifMatch?: string): Promise<Got>
  head(key: string): Promise<Head>
  /** Gives the etag. */
  put(key: string, put: Put): Promise<string>
}

export type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string }

export interface Got {
  readonly etag: string
  /** Absent where a server knows no ranges and sends everything. */
  readonly contentRange: string | undefined
  readonly contentLength: number
  readonly body: AsyncIterable<Uint8Array>
}

export interface Head {
  readonly etag: string
  /** Of the write that it is from, if it carried one. */
  readonly nonce: string | undefined
}

export interface Put<B extends Uint8Array | Readable = Uint8Array | Readable> {
  readonly body: B
  readonly size: number
  readonly condition?: Condition
  readonly nonce?: string
}

import type { S3Client } from '@aws-sdk/client-s3'
import type { Bucket } from './bucket.ts'
import { CommandRequests } from './command-requests.ts'
import type { Got, Head, ObjectRequests, Put } from './object-requests.ts'
import { S3Failure } from './s3-failure.ts'
import { SignedRequests } from './signed-requests.ts'
import { findSite } from './site.ts'

/**
 * Makes requests the fast way, `SignedRequests`, and by the SDK's commands where those are needed. Only this file says where: for
 * bodies that are streams, for buckets whose requests are signed otherwise, and after an answer that `fallbackFor` names.
 */
export class RequestsWithFallback implements ObjectRequests {
  readonly #client: S3Client
  readonly #bucket: Bucket
  readonly #commands: CommandRequests
  /** Gives `undefined` where all requests are to be commands. */
  #signed: Promise<SignedRequests | undefined> | undefined

  constructor(client: S3Client, bucket: Bucket) {
    this.#client = client
    this.#bucket = bucket
    this.#commands = new CommandRequests(client, bucket)
  }

  get(key: string, range: string, ifMatch?: string): Promise<Got> {
    return this.#ask(
      (signed) => signed.get(key, range, ifMatch),
      (commands) => commands.get(key, range, ifMatch),
    )
  }

  head(key: string): Promise<Head> {
    return this.#ask(
      (signed) => signed.head(key),
      (commands) => commands.head(key),
    )
  }

  put(key: string, put: Put): Promise<string> {
    const { body } = put
    if (!(body instanceof Uint8Array)) return this.#commands.put(key, put)
    return this.#ask(
      (signed) => signed.put(key, { ...put, body }),
      (commands) => commands.put(key, put),
    )
  }

  async #ask<T>(
    fast: (signed: SignedRequests) => Promise<T>,
    sure: (commands: CommandRequests) => Promise<T>,
  ): Promise<T> {
    const signed = await this.#findSigned()
    if (signed === undefined) return sure(this.#commands)
    try {
      return await fast(signed)
    } catch (error) {
      const fallback = fallbackFor(error)
      if (fallback === 'none') throw error
      if (fallback === 'for good') this.#signed = Promise.resolve(undefined)
      return sure(this.#commands)
    }
  }

  #findSigned(): Promise<SignedRequests | undefined> {
    this.#signed ??= findSite(this.#client, this.#bucket).then(
      (site) => site && new SignedRequests(this.#client, this.#bucket, site),
      (error: unknown) => {
        this.#signed = undefined
        throw error
      },
    )
    return this.#signed
  }
}

/**
 * Whether a request that was refused is made again by a command, and whether all that follow are, too. A command finds a bucket that is
 * elsewhere or in another region (redirects, and 400), and it corrects the clock.
 */
function fallbackFor(error: unknown): 'none' | 'this time' | 'for good' {
  if (!(error instanceof S3Failure)) return 'none'
  if (error.$metadata.httpStatusCode <= 400) return 'for good'
  return error.name === 'RequestTimeTooSkewed' ? 'this time' : 'none'
}

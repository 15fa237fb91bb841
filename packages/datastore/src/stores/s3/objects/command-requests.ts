import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { objectAt, type Bucket } from './bucket.ts'
import { bareEtag } from './etag.ts'
import type { Got, Head, ObjectRequests, Put } from './object-requests.ts'
import { signature, signatureIn } from './signature.ts'

/** Requests by the SDK's commands, which follow redirects, find the region of a bucket and correct the clock. */
export class CommandRequests implements ObjectRequests {
  readonly #client: S3Client
  readonly #bucket: Bucket

  constructor(client: S3Client, bucket: Bucket) {
    this.#client = client
    this.#bucket = bucket
  }

  async get(key: string, range: string, ifMatch?: string): Promise<Got> {
    const condition = ifMatch === undefined ? {} : { IfMatch: ifMatch }
    const command = new GetObjectCommand({ ...objectAt(this.#bucket, key), Range: range, ...condition })
    const { ETag, ContentRange, ContentLength = 0, Body } = await this.#client.send(command)
    const body = Body as AsyncIterable<Uint8Array>
    return { etag: bareEtag(ETag), contentRange: ContentRange, contentLength: ContentLength, body }
  }

  async head(key: string): Promise<Head> {
    const answer = await this.#client.send(new HeadObjectCommand(objectAt(this.#bucket, key)))
    return { etag: bareEtag(answer.ETag), nonce: signatureIn(answer.Metadata) }
  }

  async put(key: string, { body, size, condition, nonce }: Put): Promise<string> {
    const request = { ...objectAt(this.#bucket, key), Body: body, ContentLength: size, ...condition }
    const signed = nonce === undefined ? {} : { Metadata: signature(nonce) }
    return bareEtag((await this.#client.send(new PutObjectCommand({ ...request, ...signed }))).ETag)
  }
}

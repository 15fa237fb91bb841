import type { S3Client } from '@aws-sdk/client-s3'
import type { Bucket } from './bucket.ts'
import { bareEtag } from './etag.ts'
import type { Got, Head, ObjectRequests, Put } from './object-requests.ts'
import { S3Failure } from './s3-failure.ts'
import { WRITE_HEADER } from './signature.ts'
import type { Site } from './site.ts'

interface Answer {
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * Requests that are signed and sent by the SDK's own signer and connections, but not through the layers between its commands and
 * those, which take three times as much processor as all else. Nothing is followed or corrected: whatever is not a success is thrown
 * as an S3Failure. Bodies are bytes: a stream has no hash to sign.
 */
export class SignedRequests implements ObjectRequests {
  readonly #client: S3Client
  readonly #bucket: Bucket
  readonly #site: Site

  constructor(client: S3Client, bucket: Bucket, site: Site) {
    this.#client = client
    this.#bucket = bucket
    this.#site = site
  }

  async get(key: string, range: string, ifMatch?: string): Promise<Got> {
    const given = { range, ...(ifMatch !== undefined && { 'if-match': ifMatch }) }
    const { headers, body } = await this.#send('GET', key, given)
    const { etag, 'content-range': contentRange, 'content-length': length } = headers
    return { etag: bareEtag(etag), contentRange, contentLength: Number(length ?? 0), body }
  }

  async head(key: string): Promise<Head> {
    const { headers } = await this.#send('HEAD', key, {})
    return { etag: bareEtag(headers['etag']), nonce: headers[WRITE_HEADER] }
  }

  async put(key: string, { body, size, condition, nonce }: Put<Uint8Array>): Promise<string> {
    const given = {
      'content-type': 'application/octet-stream',
      'content-length': String(size),
      ...(condition !== undefined &&
        ('IfMatch' in condition ? { 'if-match': condition.IfMatch } : { 'if-none-match': condition.IfNoneMatch })),
      ...(nonce !== undefined && { [WRITE_HEADER]: nonce }),
    }
    const answer = await this.#send('PUT', key, given, body)
    for await (const piece of answer.body) void piece
    return bareEtag(answer.headers['etag'])
  }

  async #send(
    method: 'GET' | 'HEAD' | 'PUT',
    key: string,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array,
  ): Promise<Answer> {
    const { signer, path, ...place } = this.#site
    const { config } = this.#client
    const host = place.port === undefined ? place.hostname : `${place.hostname}:${place.port}`
    const whole = `${path}${this.#bucket.prefix}${key}`
    const request = { ...place, method, path: whole, query: {}, headers: { host, ...headers }, body }
    const signed = await signer.sign(request, { signingDate: new Date(Date.now() + config.systemClockOffset) })
    const { response } = await config.requestHandler.handle(
      signed as Parameters<typeof config.requestHandler.handle>[0],
    )
    const answer = { headers: response.headers, body: response.body as AsyncIterable<Uint8Array> }
    const status = response.statusCode
    if (status === 200 || status === 206) return answer
    const text = await textOf(answer.body)
    throw new S3Failure(status, tagged(text, 'Code'), tagged(text, 'Message'))
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** What stands in an element of an answer in XML; empty if it is not there. */
function tagged(text: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? ''
}

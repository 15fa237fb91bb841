import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Readable } from 'node:stream'
import { bareEtag } from './bodies.ts'
import type { Connection } from './connection.ts'
import { objectAt } from './requests.ts'
import { signature, signatureIn, WRITE_HEADER } from './signature.ts'

/*
 * Requests for one object, each tried once: directly, or by a command of the SDK where that is needed. They throw what the SDK throws.
 */

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

export interface Put {
  readonly body: Uint8Array | Readable
  readonly size: number
  readonly condition?: Condition
  readonly nonce?: string
}

export async function getOnce(connection: Connection, key: string, range: string, ifMatch?: string): Promise<Got> {
  const headers = { range, ...(ifMatch !== undefined && { 'if-match': ifMatch }) }
  const direct = await connection.direct.send({ method: 'GET', key, headers })
  if (direct !== undefined) {
    const { etag, 'content-range': contentRange, 'content-length': length } = direct.headers
    return { etag: bareEtag(etag), contentRange, contentLength: Number(length ?? 0), body: direct.body }
  }
  const condition = ifMatch === undefined ? {} : { IfMatch: ifMatch }
  const command = new GetObjectCommand({ ...objectAt(connection, key), Range: range, ...condition })
  const { ETag, ContentRange, ContentLength = 0, Body } = await connection.client.send(command)
  const body = Body as AsyncIterable<Uint8Array>
  return { etag: bareEtag(ETag), contentRange: ContentRange, contentLength: ContentLength, body }
}

export async function headOnce(connection: Connection, key: string): Promise<Head> {
  const direct = await connection.direct.send({ method: 'HEAD', key, headers: {} })
  if (direct !== undefined) return { etag: bareEtag(direct.headers['etag']), nonce: direct.headers[WRITE_HEADER] }
  const answer = await connection.client.send(new HeadObjectCommand(objectAt(connection, key)))
  return { etag: bareEtag(answer.ETag), nonce: signatureIn(answer.Metadata) }
}

/** Gives the etag. */
export async function putOnce(connection: Connection, key: string, put: Put): Promise<string> {
  const { body, size, condition, nonce } = put
  if (body instanceof Uint8Array) {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(size),
      ...(condition !== undefined &&
        ('IfMatch' in condition ? { 'if-match': condition.IfMatch } : { 'if-none-match': condition.IfNoneMatch })),
      ...(nonce !== undefined && { [WRITE_HEADER]: nonce }),
    }
    const direct = await connection.direct.send({ method: 'PUT', key, headers, body })
    if (direct !== undefined) {
      for await (const piece of direct.body) void piece
      return bareEtag(direct.headers['etag'])
    }
  }
  const request = { ...objectAt(connection, key), Body: body, ContentLength: size, ...condition }
  const signed = nonce === undefined ? {} : { Metadata: signature(nonce) }
  return bareEtag((await connection.client.send(new PutObjectCommand({ ...request, ...signed }))).ETag)
}

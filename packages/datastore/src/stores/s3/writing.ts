import { Readable } from 'node:stream'
import type { ConditionalPutResult, PutResult } from '@flowctl/core'
import { flowError } from '@flowctl/core'
import { sizeOf } from '../../bytes/chunks.ts'
import type { Connection } from './connection.ts'
import { explained, persist } from './requests.ts'
import { MOST_IN_ONE_PUT, PART } from './limits.ts'
import { putInParts } from './multipart.ts'
import type { Condition } from './objects/object-requests.ts'
import { partsOf, wholeOf } from './parts.ts'
import { headOf } from './reading.ts'
import { isConditionRefused, isNoObject, PassingFailure } from './s3-errors.ts'

const STREAM_PIECE = 2 ** 20

export function putObject(connection: Connection, key: string, chunks: readonly Uint8Array[]): Promise<PutResult> {
  return explained(connection, key, async () => {
    const size = sizeOf(chunks)
    if (size > PART) return putInParts(connection, key, chunks, size)
    const body = wholeOf(chunks)
    return { etag: await persist(connection, () => connection.objects.put(key, { body, size })) }
  })
}

/**
 * A conditional write in one request, whatever its size: not all servers look at the condition of a write in parts.
 *
 * A write whose reply is lost is sent again, here or by a proxy on the way, and is then refused because of itself. So every write carries
 * a nonce, and one that is refused looks whose nonce stands there: of any number of writers exactly the one whose object it
 * is learns that it wrote, even if others write the same bytes. One case cannot be told: a `putIfMatch` whose reply is lost, and
 * whose object somebody else has replaced before the second try. It is told that it did not write.
 */
export function putObjectIf(
  connection: Connection,
  key: string,
  chunks: readonly Uint8Array[],
  condition: Condition,
): Promise<ConditionalPutResult> {
  return explained(connection, key, async () => {
    const size = sizeOf(chunks)
    if (size > MOST_IN_ONE_PUT) throw flowError('DATASTORE_S3_OBJECT_TOO_LARGE', { key, size, most: MOST_IN_ONE_PUT })
    const nonce = connection.nonce()
    return persist(connection, async (): Promise<ConditionalPutResult> => {
      try {
        const etag = await connection.objects.put(key, { body: bodyOf(chunks, size), size, condition, nonce })
        return { written: true, etag }
      } catch (error) {
        const noneToMatch = 'IfMatch' in condition && isNoObject(error)
        if (!isConditionRefused(error) && !noneToMatch) throw error
      }
      const head = await headOf(connection, key)
      if (head?.nonce === nonce) return { written: true, etag: head.etag }
      if (head === undefined && 'IfNoneMatch' in condition) throw new PassingFailure('what stood there is gone')
      return { written: false }
    })
  })
}

/** A stream can be sent once, so every try needs a new one. */
function bodyOf(chunks: readonly Uint8Array[], size: number): Uint8Array | Readable {
  if (size <= PART) return wholeOf(chunks)
  return Readable.from(pieces(chunks), { objectMode: false })
}

function* pieces(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const { views } of partsOf(chunks, STREAM_PIECE)) yield* views
}

import type { PutResult } from '@flowctl/core'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3'
import type { Connection } from './connection.ts'
import { objectAt } from './objects/bucket.ts'
import { bareEtag } from './objects/etag.ts'
import { persist } from './requests.ts'
import { PARALLEL_PARTS } from './limits.ts'
import { partsOf, partSizeFor, wholeOf } from './parts.ts'
import { headOf } from './reading.ts'
import { isNoObject } from './s3-errors.ts'
import { signature } from './objects/signature.ts'

/** Writes a large object, several parts at a time. Its chunks are not joined: a part that spans several of them is copied, alone. */
export async function putInParts(
  connection: Connection,
  key: string,
  chunks: readonly Uint8Array[],
  size: number,
): Promise<PutResult> {
  const { client } = connection
  const nonce = connection.nonce()
  const created = await persist(connection, () =>
    client.send(
      new CreateMultipartUploadCommand({ ...objectAt(connection.settings, key), Metadata: signature(nonce) }),
    ),
  )
  const upload = { ...objectAt(connection.settings, key), UploadId: created.UploadId }
  try {
    const parts = await uploadParts(connection, upload, chunks, size)
    return await complete(
      connection,
      key,
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }),
      nonce,
    )
  } catch (error) {
    // What stays of an upload costs its owner money; if this fails too, a lifecycle rule of the bucket has to remove it.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}

async function uploadParts(
  connection: Connection,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
  chunks: readonly Uint8Array[],
  size: number,
): Promise<CompletedPart[]> {
  const done: CompletedPart[] = []
  const queue = partsOf(chunks, partSizeFor(size))
  let failed = false
  const uploader = async (): Promise<void> => {
    // Not for-of: leaving that would end the queue for the other uploaders.
    for (let next = queue.next(); !next.done && !failed; next = queue.next()) {
      const { number, views } = next.value
      const request = { ...upload, PartNumber: number, Body: wholeOf(views) }
      const answer = await persist(connection, () => connection.client.send(new UploadPartCommand(request)))
      done.push({ PartNumber: number, ...(answer.ETag !== undefined && { ETag: answer.ETag }) })
    }
  }
  const uploaders = Array.from({ length: PARALLEL_PARTS }, () =>
    uploader().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  const results = await Promise.allSettled(uploaders)
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return done.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0))
}

/**
 * An upload that is not there any more at a second try was completed by the first, if the object is from it. Some servers complete
 * it without saying the etag.
 */
async function complete(
  connection: Connection,
  key: string,
  command: CompleteMultipartUploadCommand,
  nonce: string,
): Promise<PutResult> {
  return persist(connection, async () => {
    let gone: unknown
    try {
      const etag = bareEtag((await connection.client.send(command)).ETag)
      if (etag !== '') return { etag }
    } catch (error) {
      if (!isNoObject(error)) throw error
      gone = error
    }
    const head = await headOf(connection, key)
    if (head?.nonce === nonce) return { etag: head.etag }
    // Somebody has written it again since.
    if (gone === undefined) return { etag: '' }
    throw gone as Error
  })
}

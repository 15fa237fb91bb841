import type { ListOptions, ListPage } from '@flowctl/core'
import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { DEFAULT_PAGE } from '../shared/page.ts'
import type { Connection } from './connection.ts'
import { explained, persist } from './requests.ts'

/** The most S3 gives at a time. */
const MOST_AT_ONCE = 1000

/** The cursor is S3's own. */
export function listObjects(connection: Connection, prefix: string, options: ListOptions): Promise<ListPage> {
  const { client, settings } = connection
  return explained(connection, prefix, async () => {
    const limit = Math.max(1, Math.floor(options.limit ?? DEFAULT_PAGE))
    const keys: string[] = []
    const prefixes: string[] = []
    let { cursor } = options
    do {
      const command = new ListObjectsV2Command({
        Bucket: settings.bucket,
        Prefix: settings.prefix + prefix,
        MaxKeys: Math.min(MOST_AT_ONCE, limit - keys.length - prefixes.length),
        ...(options.delimiter !== undefined && { Delimiter: options.delimiter }),
        ...(cursor !== undefined && { ContinuationToken: cursor }),
      })
      const page = await persist(connection, () => client.send(command))
      for (const { Key } of page.Contents ?? []) keys.push((Key ?? '').slice(settings.prefix.length))
      for (const { Prefix } of page.CommonPrefixes ?? []) prefixes.push((Prefix ?? '').slice(settings.prefix.length))
      cursor = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (cursor !== undefined && keys.length + prefixes.length < limit)
    return cursor === undefined ? { keys, prefixes } : { keys, prefixes, cursor }
  })
}

import { setTimeout as sleep } from 'node:timers/promises'
import { flowError, type ObjectStore, type TagsRecord } from '@flowctl/core'
import { decodeJson, encodeJson } from '../rows/json-record.ts'

/** Writers of the tags of one run that may get in between. */
const MOST_TRIES = 100

export function encodeTags(tags: readonly string[]): Uint8Array {
  return encodeJson({ tags } satisfies TagsRecord)
}

/** `key` names the object in messages. */
export function decodeTags(bytes: Uint8Array, key: string): readonly string[] {
  return (decodeJson(bytes, key) as unknown as TagsRecord).tags
}

/** Replaces the tags at `key` by what `change` makes of them; it may be called several times. Throws DATASTORE_BUSY. */
export async function updateTags(
  store: ObjectStore,
  key: string,
  change: (tags: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  let waited = 0
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const current = await store.get(key)
    const tags = change(current === undefined ? [] : decodeTags(current.bytes, key))
    const body = encodeTags(tags)
    const result =
      current === undefined ? await store.putIfAbsent(key, body) : await store.putIfMatch(key, body, current.etag)
    if (result.written) return tags
    const pause = Math.min(100, attempt)
    await sleep(pause)
    waited += pause
  }
  throw flowError('DATASTORE_BUSY', { key, seconds: Math.ceil(waited / 1000) })
}

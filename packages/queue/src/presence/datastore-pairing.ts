import { randomUUID } from 'node:crypto'
import { flowError, layout, type ObjectStore } from '@flowctl/core'
import type { Connection } from '../connection/connect.ts'
import { shardPrefix } from '../connection/keys.ts'
import { listWorkers } from './worker-registry.ts'

/** Which datastore the runs in a Redis are kept in. */
interface DatastoreMark {
  readonly id: string
  readonly url: string
}

/**
 * What the caller is to a Redis: the `host` gives it its datastore (and another one once no worker is connected), a `guest` only
 * while it has none, a `visitor` never.
 */
export type DatastoreRole = 'host' | 'guest' | 'visitor'

/**
 * A Redis goes with one datastore: of a run that is recorded in another one, nobody there knows anything, and it would wait for
 * ever. A datastore is known by an id that is kept in it, for machines may reach the same one by different paths. Throws
 * DATASTORE_DIFFERS.
 */
export async function agreeOnDatastore(
  connection: Connection,
  objects: ObjectStore,
  role: DatastoreRole,
  now: number,
): Promise<void> {
  const { redis } = connection
  const key = `${shardPrefix(connection, 0)}:datastore`
  const own: DatastoreMark = { id: await idOf(objects), url: objects.url }
  const text = JSON.stringify(own)
  if (role !== 'visitor') await redis.set(key, text, 'NX')
  const found = await redis.get(key)
  const mark = found === null ? own : (JSON.parse(found) as DatastoreMark)
  if (mark.id === own.id) return
  if (role === 'host' && (await listWorkers(connection, now)).length === 0) {
    await redis.set(key, text)
    return
  }
  throw flowError('DATASTORE_DIFFERS', { redis: connection.url, given: own.url, expected: mark.url })
}

async function idOf(objects: ObjectStore): Promise<string> {
  const id = randomUUID()
  await objects.putIfAbsent(layout.DATASTORE_ID, new TextEncoder().encode(id))
  const stored = await objects.get(layout.DATASTORE_ID)
  return stored === undefined ? id : new TextDecoder().decode(stored.bytes)
}

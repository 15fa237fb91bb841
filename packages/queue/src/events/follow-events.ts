import type { EndRecord, ObjectStore, RunRecord } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import { endEvent, type RunEnded, type RunEvent } from '@flowctl/engine'
import { decodeEvents } from './event-batch.ts'
import { placementIn } from '../runs/open-run.ts'
import type { Connection } from '../connection/connect.ts'
import { eventsKey, runName, shardPrefix } from '../connection/keys.ts'

export interface FollowOptions {
  readonly objects: ObjectStore
  readonly record: RunRecord
  /** Called in order; each event at most once. Events from before the stream was lost are not repeated. */
  readonly onEvent: (event: RunEvent) => void
  /** Ends the following; the run goes on. */
  readonly signal?: AbortSignal
}

const BLOCK_MS = 500
/** Workers hold events back for a moment: after the end of the run, what they still have follows within this time. */
const QUIET_MS = 150

/**
 * Tells what happens in a run, from its beginning as far as the stream reaches back, until it has ended. Resolves with how it
 * ended, also when Redis lost the stream: the datastore says so. `undefined` when the signal came first.
 */
export async function followEvents(connection: Connection, options: FollowOptions): Promise<RunEnded | undefined> {
  const { objects, record, onEvent, signal } = options
  const { flow, run } = record
  const key = eventsKey(shardPrefix(connection, placementIn(record).shard), runName(flow, run))
  const store = new RunStore(objects, flow, run)
  const redis = connection.duplicate()
  let last = '0'
  let ended: RunEnded | undefined
  try {
    while (signal?.aborted !== true) {
      const wait = ended === undefined ? BLOCK_MS : QUIET_MS
      const answer = await redis.xread('COUNT', 100, 'BLOCK', wait, 'STREAMS', key, last)
      for (const [, entries] of answer ?? []) {
        for (const [id, fields] of entries) {
          last = id
          for (const event of decodeEvents(fields[1] ?? '[]')) {
            if (event.type === 'run-ended') ended ??= event
            else onEvent(event)
          }
        }
      }
      if (answer !== null) continue
      if (ended !== undefined) {
        onEvent(ended)
        return ended
      }
      const end = await store.readEnd()
      if (end !== undefined) return tellEnd(record, end, onEvent)
      // A stream that was lost starts again with smaller ids.
      if ((await redis.exists(key)) === 0) last = '0'
    }
    return undefined
  } finally {
    redis.disconnect()
  }
}

function tellEnd(record: RunRecord, end: EndRecord, onEvent: (event: RunEvent) => void): RunEnded {
  const event = endEvent(record, end)
  onEvent(event)
  return event
}

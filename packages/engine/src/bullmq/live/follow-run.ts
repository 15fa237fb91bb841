import type { EndRecord, ObjectStore, RunRecord } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import type { RunEnded, RunEvent } from '../../events.ts'
import { placementIn } from '../worker/run-work.ts'
import type { Connection } from '../redis/connect.ts'
import { eventsKey, runName, shardPrefix } from '../redis/keys.ts'

export interface FollowOptions {
  readonly objects: ObjectStore
  readonly record: RunRecord
  /** Called in order; each event at most once. Events from before the stream was lost are not repeated. */
  readonly onEvent: (event: RunEvent) => void
  /** Ends the following; the run goes on. */
  readonly signal?: AbortSignal
}

const BLOCK_MS = 500

/**
 * Tells what happens in a run, from its beginning as far as the stream reaches back, until it has ended. Resolves with how it
 * ended, also when Redis lost the stream: the datastore says so. `undefined` when the signal came first.
 */
export async function followRun(connection: Connection, options: FollowOptions): Promise<RunEnded | undefined> {
  const { objects, record, onEvent, signal } = options
  const { flow, run } = record
  const key = eventsKey(shardPrefix(connection, placementIn(record).shard), runName(flow, run))
  const store = new RunStore(objects, flow, run)
  const redis = connection.duplicate()
  let last = '0'
  try {
    while (signal?.aborted !== true) {
      const answer = await redis.xread('COUNT', 100, 'BLOCK', BLOCK_MS, 'STREAMS', key, last)
      for (const [, entries] of answer ?? []) {
        for (const [id, fields] of entries) {
          last = id
          for (const event of JSON.parse(fields[1] ?? '[]') as RunEvent[]) {
            onEvent(event)
            if (event.type === 'run-ended') return event
          }
        }
      }
      if (answer !== null) continue
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
  const event = runEndedEvent(record, end)
  onEvent(event)
  return event
}

export function runEndedEvent(record: RunRecord, { status, at, failure }: EndRecord): RunEnded {
  const ended = { type: 'run-ended', at, status, startedAt: record.createdAt } as const
  return failure === undefined ? ended : { ...ended, failure }
}

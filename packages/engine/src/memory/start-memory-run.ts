import { frontier, historyOf, type ObjectStore, type RunRecord, type TaskRecord } from '@flowctl/core'
import { ArtifactStore, RunReader, RunStore } from '@flowctl/datastore'
import type { RunEnded, RunEvent } from '../events/run-event.ts'
import { endEvent, startEvents } from '../events/tell-run.ts'
import type { ProcessPool } from '../processes/process-pool.ts'
import { MemoryRun } from './memory-run.ts'

export interface MemoryRunRequest {
  readonly objects: ObjectStore
  /** Not written yet. */
  readonly record: RunRecord
  readonly tags: readonly string[]
  /** Processes that have loaded the run's code package. */
  readonly pool: ProcessPool
  /** Task records taken over from the run's origin. @default none */
  readonly adopted?: readonly TaskRecord[]
  readonly now: () => number
  readonly nonce: () => string
  readonly onEvent: (event: RunEvent) => void
}

export interface ActiveRun {
  /** Rejects only when the datastore or the processes cannot be used. */
  readonly ended: Promise<RunEnded>
  cancel(by: string): void
}

/** A going run says this often that its process lives. */
export const HEARTBEAT_MS = 5000

/** Records a run and runs it in this process. Resolves as soon as the run exists. */
export async function startMemoryRun(request: MemoryRunRequest): Promise<ActiveRun> {
  const { objects, record, tags, pool, now, nonce, onEvent, adopted = [] } = request
  const { flow, run, graph } = record
  const store = new RunStore(objects, flow, run)
  if (record.origin !== undefined) await store.putAdopted(adopted)
  await store.create(record, tags)
  for (const event of startEvents(record, adopted, now())) onEvent(event)

  const reader = new RunReader(store, graph)
  const artifacts = new ArtifactStore(objects, flow)
  const context = { graph, record, tags, store, reader, artifacts, pool, now, nonce, emit: onEvent }
  const history = historyOf(graph, { adopted })
  const going = new MemoryRun(context, history, adopted)
  const heartbeat = setInterval(() => void store.beat(now()).catch(() => {}), HEARTBEAT_MS)
  heartbeat.unref()
  const ended = going
    .execute(frontier(graph, history))
    .then((end) => {
      const event = endEvent(record, end)
      onEvent(event)
      return event
    })
    .finally(() => clearInterval(heartbeat))
  // Whoever started the run may look at its end later.
  ended.catch(() => {})
  return {
    ended,
    cancel: (by) => going.cancel(by),
  }
}

import type { ObjectStore, RunRecord, TaskRecord } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import { recordStop } from '@flowctl/engine'
import { EventLog } from '../events/event-log.ts'
import { announceStop } from '../presence/stop-signals.ts'
import { listWorkers } from '../presence/worker-registry.ts'
import { placementOf, type PoolSpec } from '../queue/placement.ts'
import { JobQueues } from '../queue/job-queues.ts'
import type { Connection } from '../connection/connect.ts'
import { placementIn } from '../runs/open-run.ts'

export interface SubmitRequest {
  readonly objects: ObjectStore
  /** Not written yet; its code package is in the datastore. Engine and placement are filled in here. */
  readonly record: RunRecord
  readonly tags?: readonly string[]
  /** Task records taken over from the run's origin. */
  readonly adopted?: readonly TaskRecord[]
  /** @default one pool, `default` */
  readonly pools?: readonly PoolSpec[]
  /** 1 is the most urgent. @default 1000 */
  readonly priority?: number
  /** Most slices of the run at a time; 0: as many as there are slots. @default 0 */
  readonly maxWorkers?: number
}

/** Records a run and hands it to the coordinators. Throws POOL_* errors before anything is recorded. */
export async function submitRun(connection: Connection, request: SubmitRequest): Promise<RunRecord> {
  const { objects, tags = [], adopted = [], pools, priority, maxWorkers = 0 } = request
  const { flow, run, graph } = request.record
  const placement = placementOf(graph, run, {
    shards: connection.shards,
    ...(pools === undefined ? {} : { pools }),
    ...(priority === undefined ? {} : { priority }),
  })
  const options = { ...request.record.options, maxWorkers }
  const record: RunRecord = { ...request.record, engine: 'bullmq', options, placement }
  const store = new RunStore(objects, flow, run)
  if (record.origin !== undefined) await store.putAdopted(adopted)
  await store.create(record, tags)
  const queues = new JobQueues(connection, placement.shard)
  try {
    // Should this not happen any more, a coordinator finds the run in the datastore a little later.
    await queues.order({ flow, run, order: 'admit' })
  } finally {
    await queues.close()
  }
  return record
}

/** Stops a run: what runs is killed, what is done is kept. `false`: the run has ended, or was stopped before. */
export async function cancelRun(
  connection: Connection,
  request: {
    readonly objects: ObjectStore
    readonly record: RunRecord
    readonly by: string
    readonly now?: () => number
  },
): Promise<boolean> {
  const { objects, record, by, now = Date.now } = request
  const { flow, run } = record
  const store = new RunStore(objects, flow, run)
  if ((await store.readEnd()) !== undefined) return false
  const at = now()
  const events = new EventLog(connection)
  const emit = events.writer(flow, run, placementIn(record).shard)
  const stop = { reason: 'cancelled', at, by } as const
  const written = await recordStop({ store, emit }, stop, () => runningOf(connection, record, at))
  await events.flush()
  const queues = new JobQueues(connection, placementIn(record).shard)
  try {
    await announceStop(connection, { flow, run, reason: 'cancelled' })
    await queues.wakeSleepers(flow, run)
    await queues.order({ flow, run, order: 'stop' })
  } finally {
    await queues.close()
  }
  return written === 'written'
}

/** How many slices of a run workers are running. */
async function runningOf(connection: Connection, { flow, run }: RunRecord, at: number): Promise<number> {
  const running = (await listWorkers(connection, at)).flatMap((worker) => worker.running)
  return running.filter((name) => name.startsWith(`${flow}/${run}/`)).length
}

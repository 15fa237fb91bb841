import { hostname } from 'node:os'
import type { ObjectStore } from '@flowctl/core'
import { WaitingChildrenError, Worker, type Job as QueueJob } from 'bullmq'
import { endEvent, startEvents } from '@flowctl/engine'
import { EventLog } from '../events/event-log.ts'
import { announceStop, listenToStops } from '../presence/stop-signals.ts'
import { listWorkers, WorkerRegistry } from '../presence/worker-registry.ts'
import { DELIVERY, type ControlData, type JobData } from '../queue/job-data.ts'
import { enqueueMissing, stopRun, type EnqueueContext } from '../runs/enqueue-missing.ts'
import { JobQueues } from '../queue/job-queues.ts'
import type { Connection } from '../connection/connect.ts'
import { CONTROL } from '../connection/keys.ts'
import { OpenRuns } from '../runs/open-runs.ts'
import type { OpenRun } from '../runs/open-run.ts'
import { finishRun } from './finish-run.ts'
import { canBeTriedAgain, planningFailure } from './planning-failure.ts'
import { StoppedRuns } from './stopped-runs.ts'
import { Sweeper } from './sweeper.ts'

export interface CoordinatorOptions {
  readonly connection: Connection
  readonly objects: ObjectStore
  readonly onError?: (error: Error) => void
  readonly now?: () => number
}

export interface CoordinatorCounters {
  admitted: number
  finished: number
  /** Runs whose missing jobs were added again. */
  recovered: number
}

export interface RunningCoordinator {
  readonly counters: Readonly<CoordinatorCounters>
  close(): Promise<void>
}

const CONCURRENCY = 8
/** The live view of a run is kept for a while after its end, for followers that are late. */
const EVENTS_KEPT_S = 600

/** Admits, finishes and recovers runs. Any number of coordinators share the work. */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const { connection, objects, now = Date.now } = options
  const onError = options.onError ?? (() => {})
  const counters: CoordinatorCounters = { admitted: 0, finished: 0, recovered: 0 }
  const events = new EventLog(connection)
  const registry = new WorkerRegistry(connection, now)
  await registry.refresh()
  const runs = new OpenRuns(objects, ({ flow, run, placement }) => ({
    objects,
    host: hostname(),
    now,
    nonce: () => '',
    pool: NO_PROCESSES,
    emit: events.writer(flow, run, placement?.shard ?? 0),
  }))
  const queues = Array.from({ length: connection.shards }, (_, n) => new JobQueues(connection, n))
  const contexts = queues.map((queues): EnqueueContext => ({
    queues,
    slots: (pool) => registry.slots(pool),
    now,
    announce: async ({ flow, run }, reason) => announceStop(connection, { flow, run, reason }),
  }))

  const enqueueMissingOf = async (flow: string, run: string): Promise<boolean> => {
    const work = await runs.get(flow, run)
    if (work?.record.engine !== 'bullmq') return false
    const context = contexts[work.placement.shard]
    if (context === undefined)
      throw new Error(`run ${flow}/${run} lives in shard ${work.placement.shard}, which is not served here`)
    const enqueued = await enqueueOrFail(work, context)
    if (enqueued === 'stopped') stopped.watch(work)
    return enqueued !== 'ended'
  }

  const enqueueOrFail = async (work: OpenRun, context: EnqueueContext): ReturnType<typeof enqueueMissing> => {
    try {
      return await enqueueMissing(work, context)
    } catch (error) {
      if (canBeTriedAgain(error)) throw error
      onError(error as Error)
      await stopRun(work, planningFailure(work.graph, error), context)
      return enqueueMissing(work, context)
    }
  }

  const finish = async (work: OpenRun, queues: JobQueues): Promise<boolean> => {
    const end = await finishRun(work, now())
    if (end === undefined) return false
    work.emit(endEvent(work.record, end))
    await events.flush()
    await queues.forget(work.flow, work.run, EVENTS_KEPT_S)
    counters.finished += 1
    return true
  }

  const stopped = new StoppedRuns({
    now,
    running: async () => (await listWorkers(connection, now())).flatMap((worker) => worker.running),
    finish: async (work) => {
      const shard = queues[work.placement.shard]
      if (shard !== undefined) await finish(work, shard)
    },
    onError,
  })
  const unlisten = await listenToStops(connection, ({ flow, run }) => {
    runs.get(flow, run).then((work) => work !== undefined && stopped.watch(work), onError)
  })

  const serve = (queues: JobQueues): Worker => {
    const perform = async (job: QueueJob<ControlData | JobData>, token = ''): Promise<void> => {
      const { flow, run } = job.data
      if ('order' in job.data) {
        await admit(flow, run, job.data.order)
        return
      }
      const work = await runs.get(flow, run)
      if (work === undefined || (await finish(work, queues))) return
      await enqueueMissingOf(flow, run)
      if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
      throw new Error(`run ${flow}/${run} has not ended, but nothing of it is left to do yet`)
    }
    const worker = new Worker(CONTROL, perform, {
      ...DELIVERY,
      connection: connection.redis,
      prefix: queues.prefix,
      concurrency: CONCURRENCY,
    })
    worker.on('error', onError)
    worker.on('failed', (_job, error) => onError(error))
    return worker
  }

  const sweeper = new Sweeper({
    connection,
    objects,
    shards: queues,
    runs,
    now,
    onError,
    enqueueMissing: enqueueMissingOf,
    recovered: () => (counters.recovered += 1),
  })

  const admit = async (flow: string, run: string, order: ControlData['order']): Promise<void> => {
    const work = await runs.get(flow, run)
    if (work === undefined) throw new Error(`run ${flow}/${run} is not in ${objects.url}`)
    if (order === 'admit') {
      for (const event of startEvents(work.record, work.adopted, now())) work.emit(event)
      counters.admitted += 1
    } else if (order === 'recover') {
      // The sweep will, when it is known what still runs.
      if (await sweeper.hasLost(work.placement.shard)) return
      counters.recovered += 1
    }
    await enqueueMissingOf(flow, run)
  }

  const workers = queues.map(serve)
  await Promise.all(workers.map((worker) => worker.waitUntilReady()))
  sweeper.start()
  return {
    counters,
    async close() {
      unlisten()
      await sweeper.stop()
      await stopped.close()
      await Promise.all(workers.map((worker) => worker.close()))
      await events.flush()
      await registry.close()
      await Promise.all(queues.map((queues) => queues.close()))
    },
  }
}

/** A coordinator runs no step. */
const NO_PROCESSES = {
  size: 0,
  acquire: () => Promise.reject(new Error('a coordinator has no task processes')),
  release: () => {},
}

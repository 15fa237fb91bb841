import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { RecentMap, Turns } from '@flowctl/basics'
import type { Job, RunRecord, Slice } from '@flowctl/core'
import { DelayedError, WaitingChildrenError, type Job as QueueJob } from 'bullmq'
import { ProcessPools } from '@flowctl/engine'
import { EventLog } from '../events/event-log.ts'
import { announceStop, listenToStops } from '../presence/stop-signals.ts'
import { WorkerRegistry, type WorkerRecord } from '../presence/worker-registry.ts'
import { Attacher } from '../runs/attach.ts'
import { DELIVERY, type JobData } from '../queue/job-data.ts'
import { enqueueBelow } from '../runs/enqueue-missing.ts'
import { JobQueues } from '../queue/job-queues.ts'
import { permitsKey, poolQueue, runName } from '../connection/keys.ts'
import { RunPermits } from '../queue/run-permits.ts'
import { OwnAttachedJobs } from './own-attached-jobs.ts'
import { ActiveSlices, type ActiveJob } from './active-slices.ts'
import { OpenRuns } from '../runs/open-runs.ts'
import { CannotStart, lazyPool } from './lazy-pool.ts'
import { giveUp, performJob } from './perform-job.ts'
import type { JobContext, JobOutcome } from './job-context.ts'
import type { Completion } from '../queue/backend.ts'
import { QueueWorker } from '../queue/queue-worker.ts'
import type { SliceLoopHost } from './slice-loop.ts'
import type { OpenRun, OpenRunOptions } from '../runs/open-run.ts'
import type { RunningWorker, WorkerCounters, WorkerOptions } from './worker-options.ts'

/** A job that was fetched while the last slot was given away waits this long for one, then others may have it. */
const SLOT_WAIT_MS = 100
const GIVEN_BACK_MS = 100
/** A slice that another delivery of its job is running is looked at again after this long. */
const POSTPONED_MS = 500
/** A run whose code cannot be started is given up after so many deliveries of one job, to whichever workers. */
const MOST_STARTS = 5
/** Progress of a run is noted this often. */
const PROGRESS_MS = 10_000
const MOST_NOTED = 1000
/** A job of a worker that serves several queues goes on with further slices for this long. */
const SHARED_MS = 1000
const KILLED_GRACE_MS = 3000

/** Serves the queues of some pools. Resolves when it takes jobs. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const worker = new PoolWorker(options)
  await worker.start()
  return worker
}

class PoolWorker implements RunningWorker {
  readonly id: string
  readonly counters: WorkerCounters = { slicesDone: 0, slicesReturned: 0, redelivered: 0 }
  readonly #options: WorkerOptions
  readonly #now: () => number
  readonly #host = hostname()
  readonly #pools: readonly string[]
  readonly #slots: Turns
  readonly #processes: ProcessPools
  readonly #runs: OpenRuns
  readonly #events: EventLog
  readonly #registry: WorkerRegistry
  readonly #shards: readonly JobQueues[]
  readonly #queues: { readonly worker: QueueWorker; readonly count: { readonly active: number } }[] = []
  readonly #running = new ActiveSlices()
  readonly #permits: RunPermits
  readonly #noted = new RecentMap<string, number>(MOST_NOTED)
  readonly #startedAt: number
  #draining = false
  #unlisten: (() => void) | undefined

  constructor(options: WorkerOptions) {
    const { connection, now = Date.now, pools = ['default'], slots, id } = options
    this.#options = options
    this.#now = now
    this.#pools = pools
    this.#startedAt = now()
    this.id = id ?? `${this.#host}-${process.pid}-${nonce()}`
    this.#slots = new Turns(slots)
    this.#processes = new ProcessPools(slots)
    this.#events = new EventLog(connection)
    this.#permits = new RunPermits(connection.redis, now)
    this.#runs = new OpenRuns(options.objects, (record) => this.#workOptions(record))
    this.#registry = new WorkerRegistry(connection, now, () => this.#record())
    this.#shards = Array.from({ length: connection.shards }, (_, shard) => new JobQueues(connection, shard))
  }

  async start(): Promise<void> {
    const { connection } = this.#options
    await this.#registry.refresh()
    this.#unlisten = await listenToStops(connection, (signal) => this.#running.halt(signal))
    for (const queues of this.#shards) for (const pool of this.#pools) this.#serve(queues, poolQueue(pool))
    await Promise.all(this.#queues.map(({ worker }) => worker.waitUntilReady()))
  }

  load(): { slots: number; busy: number; processes: number } {
    return { slots: this.#slots.most, busy: this.#slots.taken, processes: this.#processes.count }
  }

  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    void this.#registry.refresh().catch(() => {})
    const closed = Promise.all(this.#queues.map(({ worker }) => worker.close()))
    this.#running.drain()
    await Promise.race([closed, sleep(graceMs, undefined, { ref: false })])
    this.#running.cancel()
    await Promise.race([closed, sleep(KILLED_GRACE_MS, undefined, { ref: false })])
    await this.close()
  }

  async close(): Promise<void> {
    this.#draining = true
    this.#unlisten?.()
    this.#running.close()
    await Promise.all(this.#queues.map(({ worker }) => worker.close(true)))
    this.#processes.close()
    await this.#events.flush()
    await this.#registry.close()
    await Promise.all(this.#shards.map((queues) => queues.close()))
  }

  #serve(queues: JobQueues, name: string): void {
    const { connection } = this.#options
    const performance = this.#performance(queues)
    const { onMeasured } = this.#options
    const count = { active: 0 }
    const perform = async (job: QueueJob<JobData>, token?: string): Promise<Completion | undefined> => {
      const waited = waitedFor(job)
      if (waited !== undefined) onMeasured?.('wait', waited)
      return this.#process(count, job, token ?? '', performance)
    }
    const worker = new QueueWorker(name, perform, {
      ...DELIVERY,
      connection: connection.redis,
      prefix: queues.prefix,
      concurrency: this.#slots.most,
      name: this.id,
    })
    worker.on('error', (error) => this.#trouble(error))
    worker.on('failed', (_job, error) => this.#trouble(error))
    this.#queues.push({ worker, count })
  }

  async #process(
    count: { active: number },
    queued: QueueJob<JobData>,
    token: string,
    context: JobContext,
  ): Promise<Completion | undefined> {
    const { flow, run, job } = queued.data
    if (job.kind === 'finish') return undefined
    const work = await this.#runs.get(flow, run)
    if (work === undefined) throw new Error(`run ${flow}/${run} is not in ${this.#options.objects.url}`)
    if (!(await this.#slots.takeWithin(SLOT_WAIT_MS))) return this.#giveBack(queued, token, GIVEN_BACK_MS)
    count.active += 1
    this.#share()
    let ended = (): void => {}
    try {
      if (queued.stalledCounter > 0) this.counters.redelivered += 1
      const name = nameOf(work, job.slice)
      const isRunning = this.#running.has(name) || this.#registry.isRunning(name)
      if (isRunning && !(await work.isSettled(job.slice))) return await this.#giveBack(queued, token, POSTPONED_MS)
      const going = { slices: new Set([name]), work, hasBegun: false }
      ended = this.#running.add(going)
      const permit = await this.#permit(work, queued, context.queues)
      if (permit === undefined) return await this.#giveBack(queued, token, GIVEN_BACK_MS)
      going.hasBegun = true
      try {
        const performed = await this.#perform(going, queued, token, context)
        if (performed !== 'wait') return typeof performed === 'string' ? undefined : performed
      } finally {
        await permit()
      }
    } finally {
      ended()
      count.active -= 1
      this.#slots.give()
      this.#share()
    }
    if (await queued.moveToWaitingChildren(token)) throw new WaitingChildrenError()
    throw new Error('nothing to wait for: to be looked at again')
  }

  async #perform(going: ActiveJob, queued: QueueJob<JobData>, token: string, context: JobContext): Promise<JobOutcome> {
    const { work } = going
    const job = queued.data.job as Exclude<Job, { kind: 'finish' }>
    let performed: JobOutcome | undefined
    try {
      performed = await performJob(
        work,
        job,
        { lost: queued.stalledCounter, token },
        context,
        this.#rowHost(going, context.queues),
      )
      if (performed !== 'wait') this.counters.slicesDone += 1
      await this.#noteProgress(work, context.queues)
      return performed
    } catch (error) {
      this.counters.slicesReturned += 1
      if (!(error instanceof CannotStart) || queued.attemptsMade + 1 < MOST_STARTS) throw error
      await giveUp(work, job, error, context)
      return 'done'
    } finally {
      // Sent before the job's completion over the same connection: whoever sees the run end has been told of all its tasks. As long as
      // more follows in this run, that can wait.
      const follows = performed === 'more' || typeof performed === 'object'
      if (!follows) void this.#events.flush()
    }
  }

  async #permit(
    work: OpenRun,
    queued: QueueJob<JobData>,
    queues: JobQueues,
  ): Promise<(() => Promise<void>) | undefined> {
    const { maxWorkers } = work.record.options
    if (maxWorkers === 0) return async () => {}
    const key = permitsKey(queues.prefix, runName(work.flow, work.run))
    return this.#permits.acquire(key, queued.id ?? '', maxWorkers)
  }

  async #giveBack(queued: QueueJob<JobData>, token: string, forMs: number): Promise<never> {
    await queued.moveToDelayed(this.#now() + forMs, token)
    throw new DelayedError()
  }

  async #noteProgress(work: OpenRun, queues: JobQueues): Promise<void> {
    const name = runName(work.flow, work.run)
    const now = this.#now()
    if (now - (this.#noted.get(name) ?? 0) < PROGRESS_MS) return
    this.#noted.set(name, now)
    await queues.progress(work.flow, work.run, now)
  }

  /** A queue fetches no more jobs than there are free slots, whichever queue used the others. */
  #share(): void {
    if (this.#queues.length < 2 || this.#draining) return
    for (const { worker, count } of this.#queues) {
      const width = count.active + this.#slots.free
      if (width > 0) worker.serve(width)
      if (width === 0 && !worker.isPaused()) void worker.pause(true).catch(() => {})
      else if (width > 0 && worker.isPaused()) void worker.resume()
    }
  }

  #performance(queues: JobQueues): JobContext {
    const slots = (pool: string): number => this.#registry.slots(pool)
    const attacher = new Attacher(queues, slots, this.#now)
    const announce = async (work: OpenRun, reason: 'failed' | 'cancelled'): Promise<void> => {
      await announceStop(this.#options.connection, { flow: work.flow, run: work.run, reason })
      await queues.wakeSleepers(work.flow, work.run)
    }
    return {
      queues,
      attacher,
      ownAttached: new OwnAttachedJobs(),
      slots,
      now: this.#now,
      nonce,
      host: this.#host,
      runningBeside: ({ flow, run }) => Math.max(0, this.#registry.runningOf(flow, run) - 1),
      announce,
      enqueueBelow: async (work, join) => {
        await enqueueBelow(work, join, { queues, slots, now: this.#now, announce })
      },
    }
  }

  #rowHost({ work, slices }: ActiveJob, queues: JobQueues): SliceLoopHost {
    const begunAt = this.#now()
    return {
      // Of other queues nobody can tell here whether jobs wait for a slot.
      mayContinue: () => !this.#draining && (this.#queues.length < 2 || this.#now() - begunAt < SHARED_MS),
      announce: (slice) => {
        const name = nameOf(work, slice)
        if (this.#running.has(name) || this.#registry.isRunning(name)) return false
        slices.add(name)
        return true
      },
      withdraw: (slice) => slices.delete(nameOf(work, slice)),
      advanced: () => {
        this.counters.slicesDone += 1
        void this.#noteProgress(work, queues).catch(() => {})
      },
    }
  }

  #workOptions(record: RunRecord): OpenRunOptions {
    const { objects, loadCode, api, env, taskProcess, onMeasured } = this.#options
    const { flow, run, code, placement } = record
    const open = async (): Promise<OpenRunOptions['pool']> => {
      const bundle = await loadCode({ flow, hash: code.hash, file: code.file })
      return this.#processes.for(bundle, {
        entry: taskProcess,
        load: { bundle, className: flow, api, datastore: objects.url },
        // Code of a step that uses the client reads the datastore of its own run.
        env: { ...env, FLOWCTL_DATASTORE: objects.url },
      })
    }
    return {
      objects,
      host: this.#host,
      now: this.#now,
      nonce,
      pool: lazyPool(this.#slots.most, open),
      emit: this.#events.writer(flow, run, placement?.shard ?? 0),
      ...(onMeasured === undefined ? {} : { measured: onMeasured }),
    }
  }

  #record(): WorkerRecord {
    return {
      id: this.id,
      host: this.#host,
      pid: process.pid,
      pools: this.#pools,
      slots: this.#slots.most,
      startedAt: this.#startedAt,
      beatAt: this.#now(),
      running: this.#running.names,
      draining: this.#draining,
    }
  }

  #trouble(error: Error): void {
    this.#options.onError?.(error)
  }
}

/** How long a slice has waited for a worker, in milliseconds, by the clocks of two machines. A join was waiting for its children. */
function waitedFor({ data, attemptsStarted, timestamp, opts, processedOn }: QueueJob<JobData>): number | undefined {
  if (data.job.kind !== 'slice' || attemptsStarted > 1 || processedOn === undefined) return undefined
  return Math.max(0, processedOn - timestamp - (opts.delay ?? 0))
}

/** Of a slice, for people and for other workers. */
function nameOf({ flow, run }: OpenRun, { entry, key }: Slice): string {
  return `${flow}/${run}/${entry}/${key}`
}

function nonce(): string {
  // Random in full, from a supply of many: a call of its own for each would ask the system.
  return randomUUID().slice(-12)
}

import { FINISH, type Job } from '@flowctl/core'
import type { FlowJob } from 'bullmq'
import { Job as QueueJob, Queue } from 'bullmq'
import type { JobTree } from './job-tree.ts'
import { parentAt, queueOf, type JobPlace } from './placement.ts'
import type { Connection } from '../connection/connect.ts'
import {
  CONTROL,
  delayedKey,
  eventsKey,
  goingKey,
  jobKey,
  runName,
  shardPrefix,
  sleepersKey,
} from '../connection/keys.ts'
import { ForeachLedger } from './foreach-ledger.ts'
import { deliveryOptions, MAX_QUEUE_EVENTS, type ControlData, type JobData } from './job-data.ts'
import { jobIdOf, keyOfJob, type QueuedRun } from './queued-run.ts'
import { createBackend } from './backend.ts'
import { Producer, type Sent } from './producer.ts'

/** Children are added in parts of this size: a big transaction would keep Redis from everybody else. */
const CHUNK = 400

/** The queues of one shard: adds jobs below their parents, and tells which are there. */
export class JobQueues {
  readonly prefix: string
  /** What is handed out of the wide foreaches of this shard's runs. */
  readonly foreaches: ForeachLedger
  readonly #connection: Connection
  readonly #producer: Producer
  readonly #queues = new Map<string, Queue>()

  constructor(connection: Connection, shard: number) {
    this.prefix = shardPrefix(connection, shard)
    this.#connection = connection
    this.#producer = new Producer(connection.redis, this.prefix)
    this.foreaches = new ForeachLedger(connection, this.prefix)
  }

  queue(name: string): Queue {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      const options = {
        connection: this.#connection.redis,
        prefix: this.prefix,
        streams: { events: { maxLen: MAX_QUEUE_EVENTS } },
      }
      queue = new Queue(name, options, createBackend)
      queue.on('error', this.#connection.onError)
      this.#queues.set(name, queue)
    }
    return queue
  }

  async order(data: ControlData): Promise<void> {
    const jobId = `${runName(data.flow, data.run)}-${data.order}`
    await this.queue(CONTROL).add(data.order, data, { ...deliveryOptions(1), jobId })
  }

  /** Adds trees of jobs below parents that are there. Those of `finish` itself have none. Throws ParentGone. */
  async attach(run: QueuedRun, trees: readonly JobTree[], now: number): Promise<void> {
    await this.#noteDelays(run, trees, now)
    const [only, ...others] = trees
    if (only !== undefined && others.length === 0 && only.children.length === 0) {
      const queue = this.queue(queueOf(run.placement, only.job))
      return this.#producer.addOne(queue, this.#flowJob(run, only, now, true, []))
    }
    for (let from = 0; from < trees.length; from += CHUNK) {
      // Later parts of a wide family find their parent waiting; one that woke early goes back to waiting.
      const later: JobTree[] = []
      await this.#producer.add(
        trees.slice(from, from + CHUNK).map((tree) => this.#flowJob(run, tree, now, true, later)),
      )
      await this.attach(run, later, now)
    }
  }

  /**
   * Sends what adds a job below its parent, and what then lets its predecessor complete, without waiting for the answers. `token`: of the
   * delivery of the predecessor.
   */
  async attachNext(run: QueuedRun, own: { key: string; token: string }, next: Job, now: number): Promise<Sent> {
    const lock = { key: `${own.key}:lock`, token: own.token }
    const flowJob = this.#flowJob(run, { job: next, children: [] }, now, true, [])
    return this.#producer.addForCompletion(this.queue(queueOf(run.placement, next)), flowJob, lock)
  }

  keyOf(run: QueuedRun, place: JobPlace): string {
    return keyOfJob(this.prefix, run, place)
  }

  /** Whether a parent waits for this job. */
  async isAwaited(run: QueuedRun, job: Exclude<Job, { kind: 'finish' }>): Promise<boolean> {
    const parent = this.keyOf(run, parentAt(run.graph, run.placement, job))
    const own = this.keyOf(run, { queue: queueOf(run.placement, job), id: job.id })
    return (await this.#connection.redis.sismember(`${parent}:dependencies`, own)) === 1
  }

  async exists(run: QueuedRun, place: JobPlace): Promise<boolean> {
    return (await this.#connection.redis.exists(this.keyOf(run, place))) === 1
  }

  async hasRun(flow: string, run: string): Promise<boolean> {
    const id = jobKey(this.prefix, CONTROL, jobIdOf({ flow, run }, FINISH.id))
    return (await this.#connection.redis.exists(id)) === 1
  }

  /** Lets everything of a run that waits for its time go now. */
  async wakeSleepers(flow: string, run: string): Promise<void> {
    const key = sleepersKey(this.prefix, runName(flow, run))
    for (const sleeper of await this.#connection.redis.smembers(key)) {
      const [queue = '', ...id] = sleeper.split(' ')
      const job = await QueueJob.fromId(this.queue(queue), id.join(' '))
      // Between looking and promoting, its time may have come.
      await job?.promote().catch(() => {})
      await this.#connection.redis.srem(key, sleeper)
    }
  }

  /** Notes that the run goes on: nobody needs to look after it for a while. */
  async progress(flow: string, run: string, now: number): Promise<void> {
    await this.#connection.redis.zadd(goingKey(this.prefix), now, runName(flow, run))
  }

  /** The run has ended. Its live view stays for a while, in seconds; 0: for as long as was said before. */
  async forget(flow: string, run: string, eventsForS: number): Promise<void> {
    const name = runName(flow, run)
    const { redis } = this.#connection
    await redis.zrem(goingKey(this.prefix), name)
    await redis.del(sleepersKey(this.prefix, name))
    if (eventsForS > 0) await redis.expire(eventsKey(this.prefix, name), eventsForS)
  }

  /** Runs without a sign of progress since `before`. */
  async silent(before: number): Promise<{ flow: string; run: string }[]> {
    const names = await this.#connection.redis.zrangebyscore(goingKey(this.prefix), '-inf', before, 'LIMIT', 0, 100)
    return names.map((name) => {
      const at = name.indexOf('/')
      return { flow: name.slice(0, at), run: name.slice(at + 1) }
    })
  }

  async close(): Promise<void> {
    await this.#producer.close()
    for (const queue of this.#queues.values()) await queue.close()
  }

  #flowJob(run: QueuedRun, tree: JobTree, now: number, root: boolean, later: JobTree[]): FlowJob {
    const { job, children } = tree
    const { flow, run: id, placement } = run
    const wait = waitOf(job, now)
    const data: JobData = { flow, run: id, job }
    later.push(...children.slice(CHUNK))
    return {
      name: job.kind,
      queueName: queueOf(placement, job),
      data,
      opts: {
        ...deliveryOptions(placement.priority),
        jobId: jobIdOf(run, job.id),
        ...(wait > 0 ? { delay: wait } : {}),
        ...(root && job.kind !== 'finish' ? { parent: this.#parentOf(run, job) } : {}),
      },
      ...(children.length === 0
        ? {}
        : { children: children.slice(0, CHUNK).map((child) => this.#flowJob(run, child, now, false, later)) }),
    }
  }

  #parentOf(run: QueuedRun, job: Exclude<Job, { kind: 'finish' }>): { id: string; queue: string } {
    const { queue, id } = parentAt(run.graph, run.placement, job)
    return { id: jobIdOf(run, id), queue: `${this.prefix}:${queue}` }
  }

  /** Jobs whose time has not come do not count as outstanding, and must be found when their run is stopped. */
  async #noteDelays(run: QueuedRun, trees: readonly JobTree[], now: number): Promise<void> {
    const { redis } = this.#connection
    const name = runName(run.flow, run.run)
    for (const { job, children } of trees) {
      if (job.kind === 'slice' && waitOf(job, now) > 0) {
        const queue = queueOf(run.placement, job)
        await redis.sadd(sleepersKey(this.prefix, name), `${queue} ${jobIdOf(run, job.id)}`)
        await redis.zadd(delayedKey(this.prefix, name, job.parent), job.slice.notBefore as number, job.id)
      }
      await this.#noteDelays(run, children, now)
    }
  }
}

function waitOf(job: Job, now: number): number {
  return job.kind === 'slice' && job.slice.notBefore !== undefined ? Math.max(0, job.slice.notBefore - now) : 0
}

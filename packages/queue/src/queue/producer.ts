import { createIORedisClient, FlowProducer, Job, type FlowJob, type IRedisClient, type Queue } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { allowCompletion, type Lock } from '../scripts/attached-lock.ts'
import { createBackend, loadScripts, sendTogether, throwParentGone, type Backend } from './backend.ts'

/** Commands that are on their way. */
export interface Sent {
  /** Whether the job is a child of its parent now, and the other may complete. Throws ParentGone. */
  readonly answered: Promise<boolean>
}

/** Adds jobs together with their children. Unlike BullMQ's own bulk, it throws when any of them was not added. */
export class Producer {
  readonly #redis: Redis | Cluster
  readonly #client: IRedisClient
  readonly #producer: FlowProducer<Backend>

  constructor(redis: Redis | Cluster, prefix: string) {
    this.#redis = redis
    this.#client = createIORedisClient(redis)
    this.#producer = new FlowProducer({ connection: redis, prefix }, createBackend)
    this.#producer.on('error', () => {})
  }

  /** Throws ParentGone. Adding what is there already does nothing. */
  async add(flows: readonly FlowJob[]): Promise<void> {
    if (flows.length === 0) return
    try {
      await this.#producer.addBulk([...flows])
    } catch (error) {
      if (!String(error).includes('NOSCRIPT')) throw error
      // Redis has lost its scripts, and inside a transaction nobody sends them again.
      await loadScripts(this.#redis)
      await this.#producer.addBulk([...flows])
    }
  }

  /** The same for one job without children, which takes one command and no transaction. */
  async addOne(queue: Queue, { name, data, opts }: FlowJob): Promise<void> {
    await queue.add(name, data, opts ?? {})
  }

  /**
   * The same, and allows another job to complete if it worked. Both are sent when this resolves, with what tells whether they did; so
   * the completion can be sent behind them.
   */
  async addForCompletion(queue: Queue, { name, data, opts = {} }: FlowJob, lock: Lock): Promise<Sent> {
    await queue.waitUntilReady()
    const job = new Job(queue, name, data, opts, opts.jobId)
    const children = `${job.parentKey}:dependencies`
    sendTogether(this.#redis)
    const added = job.addJob(this.#client, { parentKey: job.parentKey as string, parentDependenciesKey: children })
    const allowed = this.#client.runCommand(...allowCompletion(lock, children, queue.toKey(job.id as string)))
    const answered = Promise.all([added, allowed]).then(([, answer]) => answer === 1, throwParentGone)
    answered.catch(() => {})
    return { answered }
  }

  async close(): Promise<void> {
    await this.#producer.close()
  }
}

import { createIORedisClient, FlowProducer, Job, type FlowJob, type IRedisClient, type Queue } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { allowCompletion, type Lock } from '../scripts/attached-lock.ts'

/** The parent of a job that was to be added is not there. */
export class ParentGone extends Error {
  override readonly name = 'ParentGone'
}

const PARENT_MISSING = -5

/** Commands that are on their way. */
export interface Sent {
  /** Whether the job is a child of its parent now, and the other may complete. Throws ParentGone. */
  readonly answered: Promise<boolean>
}

/** Adds jobs together with their children. Unlike BullMQ's own bulk, it throws when any of them was not added. */
export class Producer {
  readonly #redis: Redis | Cluster
  readonly #client: IRedisClient
  readonly #producer: FlowProducer

  constructor(redis: Redis | Cluster, prefix: string) {
    this.#redis = redis
    this.#client = createIORedisClient(redis)
    this.#producer = new FlowProducer({ connection: redis, prefix })
    this.#producer.on('error', () => {})
    const backend = this.#producer.getBackend()
    const addFlow = backend.addFlow.bind(backend)
    backend.addFlow = async (entries) => {
      const answers = await addFlow(entries)
      for (const [error, answer] of answers) check(error, answer)
      return answers
    }
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
    try {
      await queue.add(name, data, opts ?? {})
    } catch (error) {
      parentGone(error)
    }
  }

  /**
   * The same, and allows another job to complete if it worked. Both are sent when this resolves, with what tells whether they did; so
   * the completion can be sent behind them.
   */
  async addForCompletion(queue: Queue, { name, data, opts = {} }: FlowJob, lock: Lock): Promise<Sent> {
    await queue.waitUntilReady()
    const job = new Job(queue, name, data, opts, opts.jobId)
    const children = `${job.parentKey}:dependencies`
    this.#sendTogether()
    const added = job.addJob(this.#client, { parentKey: job.parentKey as string, parentDependenciesKey: children })
    const allowed = this.#client.runCommand(...allowCompletion(lock, children, queue.toKey(job.id as string)))
    const answered = Promise.all([added, allowed]).then(([, answer]) => answer === 1, parentGone)
    answered.catch(() => {})
    return { answered }
  }

  /** What is sent from now on in this turn of the event loop leaves in one write: each would wake Redis up. */
  #sendTogether(): void {
    if (!('stream' in this.#redis)) return
    const { stream } = this.#redis
    stream.cork()
    process.nextTick(() => stream.uncork())
  }

  async close(): Promise<void> {
    await this.#producer.close()
  }
}

function parentGone(error: unknown): never {
  if ((error as { readonly code?: unknown }).code !== PARENT_MISSING) throw error
  throw new ParentGone('the parent of a job is gone', { cause: error })
}

function check(error: Error | null, answer: unknown): void {
  if (error !== null) throw error
  if (answer === PARENT_MISSING) throw new ParentGone('the parent of a job is gone')
  if (typeof answer === 'number' && answer < 0) throw new Error(`a job was not added: code ${answer}`)
}

async function loadScripts(redis: Redis | Cluster): Promise<void> {
  const { scriptsSet } = redis as unknown as { scriptsSet: Readonly<Record<string, { readonly lua: string }>> }
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis]
  for (const node of nodes) for (const { lua } of Object.values(scriptsSet)) await node.script('LOAD', lua)
}

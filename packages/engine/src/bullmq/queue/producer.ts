import { FlowProducer, type FlowJob, type Queue } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'

/** The parent of a job that was to be added is not there. */
export class ParentGone extends Error {
  override readonly name = 'ParentGone'
}

const PARENT_MISSING = -5

/** Adds jobs together with their children. Unlike BullMQ's own bulk, it throws when any of them was not added. */
export class Producer {
  readonly #redis: Redis | Cluster
  readonly #producer: FlowProducer

  constructor(redis: Redis | Cluster, prefix: string) {
    this.#redis = redis
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
      if ((error as { readonly code?: unknown }).code !== PARENT_MISSING) throw error
      throw new ParentGone('the parent of a job is gone', { cause: error })
    }
  }

  async close(): Promise<void> {
    await this.#producer.close()
  }
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

import { createRedisBackend, ErrorCode, type BackendFactory, type RedisQueueBackend } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { attachedToken } from '../scripts/attached-lock.ts'

/*
 * What flowctl adds to BullMQ's Redis backend. BullMQ calls the factory below for each Queue, Worker and FlowProducer.
 *
 * Besides public methods, this file relies on the following, checked with bullmq 6.7.0 and ioredis 5.11.1. Nothing else in this package
 * touches a private part of either, and `tests/queue/backend.test.ts` fails when one of these is gone:
 * - Worker emits `active` before it reads the token of a job that it fetched along with a completion (`useFetchedToken`);
 * - Worker keeps the queue of its main loop in the private field `mainLoopQueue` (`wakeMainLoop`);
 * - ioredis keeps the scripts of `defineCommand` in `scriptsSet` (`loadScripts`);
 * - ioredis writes to the socket in `stream` (`sendTogether`).
 */

/** The parent of a job that was to be added is not there. */
export class ParentGone extends Error {
  override readonly name = 'ParentGone'
}

/** The result of a job whose successor is being attached. */
export interface Completion {
  /** What follows from it is on its way to its parent; until it is there, the job cannot complete. Rejects when it was not attached. */
  readonly attaching: Promise<void>
}

export interface Backend extends RedisQueueBackend {
  /** The token that Redis has locked a job with, if a completion with another token than the worker's has fetched it. Told once. */
  fetchedToken(jobId: string): string | undefined
}

/** Adding throws ParentGone, and flows are added whole; a job that ends with a Completion completes with the attached token. */
export const createBackend: BackendFactory<Backend> = (name, opts, context) => {
  const redis = createRedisBackend(name, opts, context)
  const addFlow = redis.addFlow.bind(redis)
  const addJob = redis.addJob.bind(redis)
  const moveToCompleted = redis.moveToCompleted.bind(redis)
  const fetched = new Map<string, string>()

  redis.addJob = (...given) => addJob(...given).catch(throwParentGone)

  redis.addFlow = async (entries) => {
    const answers = await addFlow(entries)
    for (const [error, answer] of answers) check(error, answer)
    return answers
  }

  redis.moveToCompleted = async (job, value, keep, token, fetchNext) => {
    if (!isCompletion(value)) return moveToCompleted(job, value, keep, token, fetchNext)
    const attached = attachedToken(token)
    try {
      const moved = await moveToCompleted(job, undefined, keep, attached, fetchNext)
      const next: unknown = Array.isArray(moved.result) ? moved.result[1] : undefined
      if (typeof next === 'string' && next !== '') fetched.set(next, attached)
      return moved
    } catch (error) {
      // The job comes again. If nothing was attached, that is the reason.
      await value.attaching
      throw error
    }
  }

  return Object.assign(redis, {
    fetchedToken(jobId: string) {
      const token = fetched.get(jobId)
      fetched.delete(jobId)
      return token
    },
  })
}

/** The worker names the token of the completed job for the next one, too; this corrects it before the worker uses it. */
export function useFetchedToken(backend: Backend, job: { id?: string | undefined; token?: string }): void {
  const token = backend.fetchedToken(job.id ?? '')
  if (token !== undefined) job.token = token
}

/** BullMQ looks at a worker's concurrency only when a job ends or arrives. This wakes its main loop as its own `resume` does. */
export function wakeMainLoop(worker: object): void {
  const { mainLoopQueue } = worker as {
    readonly mainLoopQueue?: { readonly add: (event: Promise<undefined>) => void } | null
  }
  mainLoopQueue?.add(Promise.resolve(undefined))
}

/** Gives Redis the scripts of all commands again: inside a transaction nobody sends one that Redis has lost. */
export async function loadScripts(redis: Redis | Cluster): Promise<void> {
  const { scriptsSet } = redis as unknown as { scriptsSet: Readonly<Record<string, { readonly lua: string }>> }
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis]
  for (const node of nodes) for (const { lua } of Object.values(scriptsSet)) await node.script('LOAD', lua)
}

/** What is sent from now on in this turn of the event loop leaves in one write: each write would wake Redis up. */
export function sendTogether(redis: Redis | Cluster): void {
  if (!('stream' in redis)) return
  const { stream } = redis
  stream.cork()
  process.nextTick(() => stream.uncork())
}

export function throwParentGone(error: unknown): never {
  if ((error as { readonly code?: unknown }).code !== ErrorCode.ParentJobNotExist) throw error
  throw new ParentGone('the parent of a job is gone', { cause: error })
}

function check(error: Error | null, answer: unknown): void {
  if (error !== null) throw error
  if (answer === ErrorCode.ParentJobNotExist) throw new ParentGone('the parent of a job is gone')
  if (typeof answer === 'number' && answer < 0) throw new Error(`a job was not added: code ${answer}`)
}

function isCompletion(value: unknown): value is Completion {
  return typeof value === 'object' && value !== null && 'attaching' in value
}

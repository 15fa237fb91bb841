import type { RunRecord } from '@flowctl/core'
import { JobQueues } from '../queue/job-queues.ts'
import { jobIdOf } from '../queue/queued-run.ts'
import type { JobData } from '../queue/job-data.ts'
import type { Connection } from '../connection/connect.ts'
import { CONTROL, jobKey, poolQueue, queueKey } from '../connection/keys.ts'
import { placementIn } from '../runs/open-run.ts'

/** A queue of one shard as it is now. */
export interface QueueState {
  readonly shard: number
  /** The pool's name, or `control` for the coordinators' queue. */
  readonly queue: string
  readonly waiting: number
  readonly active: number
  /** Jobs whose time has not come. */
  readonly delayed: number
  /** Joins and ends of runs that wait for what is below them. */
  readonly parents: number
  /** How long the job that is next has waited, in milliseconds. */
  readonly nextWaitedMs?: number
}

/** The queues of the coordinators and of these pools, in all shards. */
export async function listQueues(connection: Connection, pools: readonly string[], now: number): Promise<QueueState[]> {
  const found = Array.from({ length: connection.shards }, async (_, n) => {
    const queues = new JobQueues(connection, n)
    try {
      const names = [CONTROL, ...pools.map(poolQueue)]
      return await Promise.all(
        names.map(async (name, i): Promise<QueueState> => {
          const queue = queues.queue(name)
          const [counts, [next]] = await Promise.all([
            queue.getJobCounts('prioritized', 'waiting', 'active', 'delayed', 'waiting-children'),
            queue.getPrioritized(0, 0),
          ])
          return {
            shard: n,
            queue: i === 0 ? CONTROL : (pools[i - 1] as string),
            waiting: (counts['prioritized'] ?? 0) + (counts['waiting'] ?? 0),
            active: counts['active'] ?? 0,
            delayed: counts['delayed'] ?? 0,
            parents: counts['waiting-children'] ?? 0,
            ...(next === undefined ? {} : { nextWaitedMs: Math.max(0, now - next.timestamp) }),
          }
        }),
      )
    } finally {
      await queues.close()
    }
  })
  return (await Promise.all(found)).flat()
}

/** Slices of a run in the queues of its pools. */
export interface QueuedStep {
  readonly step: string
  readonly pool: string
  /** Slices that could start now, were a slot free. */
  readonly waiting: number
  /** Retries whose time has not come. */
  readonly delayed: number
  /** Why workers keep giving a slice back, when they do. */
  readonly trouble?: string
}

/** Jobs of a queue that are looked through for those of a run. */
const LOOKED_THROUGH = 10_000

/** The steps of a run that have slices in the queues now. */
export async function queuedSteps(connection: Connection, record: RunRecord): Promise<QueuedStep[]> {
  const { shard: n, pools } = placementIn(record)
  const queues = new JobQueues(connection, n)
  const steps = new Map<string, { step: string; pool: string; waiting: number; delayed: number; trouble?: string }>()
  try {
    const own = jobIdOf(record, '')
    for (const pool of new Set(Object.values(pools))) {
      const name = poolQueue(pool)
      for (const [state, set] of [
        ['waiting', 'prioritized'],
        ['delayed', 'delayed'],
      ] as const) {
        const ids = await connection.redis.zrange(`${queueKey(queues.prefix, name)}:${set}`, 0, LOOKED_THROUGH - 1)
        const ours = ids.filter((id) => id.startsWith(own))
        const data = await Promise.all(
          ours.map((id) => connection.redis.hmget(jobKey(queues.prefix, name, id), 'data', 'failedReason')),
        )
        for (const [text, trouble] of data) {
          if (typeof text !== 'string') continue
          const { job } = JSON.parse(text) as JobData
          if (job.kind === 'finish') continue
          const { entry: step } = job.slice
          const counted = steps.get(step) ?? { step, pool, waiting: 0, delayed: 0 }
          counted[state] += 1
          if (typeof trouble === 'string' && trouble !== '') counted.trouble = trouble
          steps.set(step, counted)
        }
      }
    }
  } finally {
    await queues.close()
  }
  return [...steps.values()]
}

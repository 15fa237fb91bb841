import { beforeEach, describe, expect, it } from 'vitest'
import { joinJob, type Commit, type RunRecord, type TaskRecord } from '@flowctl/core'
import { memoryStore } from '@flowctl/datastore'
import { enqueueBelow, enqueueMissing, type EnqueueContext } from '../../src/runs/enqueue-missing.ts'
import type { JobQueues } from '../../src/queue/job-queues.ts'
import type { Connection } from '../../src/connection/connect.ts'
import { OpenRun } from '../../src/runs/open-run.ts'
import { END, foreach, graphOf, linear } from '../../../engine/tests/graphs.ts'
import { queuesOnRedis } from '../queues-on-redis.ts'

/** start -> [open -> [leaf] -> close] -> join -> end */
const graph = graphOf({
  start: { next: foreach('open') },
  open: { next: foreach('leaf') },
  leaf: { next: linear('close') },
  close: { next: linear('join'), join: true },
  join: { next: linear('end'), join: true },
  end: { next: END },
})
const OUTER = 9
const INNER = 6
const POOL = 'pool-default'

const redis = queuesOnRedis()
let connection: Connection
let queues: JobQueues
let work: OpenRun
let context: EnqueueContext
beforeEach(async () => {
  ;({ connection, queues } = redis)
  const pools = Object.fromEntries(Object.keys(graph.steps).map((step) => [step, 'default']))
  const record = { flow: 'F', run: 'r', graph, options: { maxWorkers: 0 }, placement: { shard: 0, priority: 5, pools } }
  const objects = memoryStore()
  const nobody = { size: 0, acquire: () => Promise.reject(new Error('nothing runs here')), release: () => {} }
  const host = { objects, host: 'h', now: () => 0, nonce: () => 'n', pool: nobody, emit: () => {} }
  work = new OpenRun(record as unknown as RunRecord, [], [], host)
  // Two slots: nobody plants more than two slices of a foreach.
  context = { queues: queues, slots: () => 2, now: () => 0, announce: async () => {} }
  await commit('start', '0', opened('start', '0', 'open', OUTER), { from: 0, to: OUTER, size: 1 })
  for (let index = 0; index < OUTER; index += 1) {
    const task = String(index)
    await commit('open', task, opened('open', task, 'leaf', INNER), { from: 0, to: INNER, size: 1 })
  }
})

const base = { attempt: 0, startedAt: 0, endedAt: 0, pid: 1, artifacts: {}, outcome: 'succeeded' } as const
const opened = (step: string, task: string, to: string, count: number): TaskRecord => ({
  ...base,
  step,
  task,
  taken: { kind: 'foreach', to, count, segments: [] },
})
const leaf = (task: string): TaskRecord => ({ ...base, step: 'leaf', task, taken: { kind: 'linear', to: 'close' } })

async function commit(head: string, key: string, task: TaskRecord, plan?: Commit['plan']): Promise<void> {
  const what = {
    format: 1,
    head,
    key,
    execution: 'x',
    host: 'h',
    tasks: [task],
    attempts: [],
    continuations: [],
  } as const
  await work.store.putCommit(plan === undefined ? what : { ...what, plan })
}

const close = (index: number) => joinJob(graph, 'open', [index])
const childrenOf = async (index: number): Promise<string[]> => {
  const key = queues.keyOf(work, { queue: POOL, id: close(index).id })
  const keys = await connection.redis.smembers(`${key}:dependencies`)
  return keys.map((child) => child.slice(child.lastIndexOf('leaf'))).toSorted()
}

describe('context', () => {
  it('a run: the first parts of a foreach that are left, as many as there are slots', async () => {
    expect(await enqueueMissing(work, context)).toBe('enqueued')
    const left = await Promise.all(Array.from({ length: OUTER }, (_, index) => childrenOf(index)))
    expect(left.filter((children) => children.length > 0)).toHaveLength(2)
  })

  it('a join that woke early: what it waits for, wherever it is, from the first that is not done', async () => {
    for (const task of ['7.0', '7.2']) await commit('leaf', task, leaf(task))
    await enqueueMissing(work, context)
    expect(await childrenOf(7)).toEqual([])
    // It stands below the outer join, as one does whose children were lost.
    await queues.attach(work, [{ job: close(7), children: [] }], 0)
    await queues.foreaches.open(work, close(7).id, { count: INNER, next: 5, batches: [] })
    expect(await enqueueBelow(work, close(7), context)).toBe('enqueued')
    const [one, other, ...more] = await childrenOf(7)
    expect([one, other, more]).toEqual([expect.stringContaining('7.1'), expect.stringContaining('7.3'), []])
    const facts = { width: 4, pool: 'default', slots: 100, now: 0, busyMs: 0, bodies: 0 }
    expect(await queues.foreaches.take(work, { queue: POOL, id: close(7).id }, 'taker', facts)).toEqual([
      'took',
      '4-5,5-6',
    ])
  })

  it('nothing of a run that has ended', async () => {
    await work.store.putEnd({ status: 'succeeded', at: 0, steps: {} }, 0)
    expect(await enqueueMissing(work, context)).toBe('ended')
    expect(await enqueueBelow(work, close(1), context)).toBe('ended')
    expect(await connection.redis.dbsize()).toBe(0)
  })
})

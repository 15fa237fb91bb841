import type { Job as QueueJob } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { FINISH, joinJob, sliceJob, taskSlice, type FlowGraph, type Job } from '@flowctl/core'
import { startRedis, type RedisServer } from '@flowctl/test-support/servers/redis'
import { connect, type Connection } from '../../src/connection/connect.ts'
import { DELIVERY, type JobData } from '../../src/queue/job-data.ts'
import { JobQueues } from '../../src/queue/job-queues.ts'
import type { QueuedRun } from '../../src/queue/queued-run.ts'
import type { Completion } from '../../src/queue/backend.ts'
import { QueueWorker } from '../../src/queue/queue-worker.ts'

const node = (name: string, transition: object, join = false): object => ({ name, join, decorators: {}, transition })
const graph = {
  flow: 'F',
  start: 'start',
  end: 'end',
  steps: {
    start: node('start', { kind: 'foreach', to: 'work', over: 'items' }),
    work: node('work', { kind: 'linear', to: 'join' }),
    join: node('join', { kind: 'linear', to: 'end' }, true),
    end: node('end', { kind: 'end' }),
  },
} as unknown as FlowGraph

const POOL = 'pool-default'
const join = joinJob(graph, 'start', [])
const work = (index: number): Job =>
  sliceJob(graph, taskSlice(graph, 'work', { path: [index], turn: 0 }, { step: 'start', task: '0' }))
const [first, second] = [work(1), work(2)]
const leaf = (job: Job) => ({ job, children: [] })
const run: QueuedRun = {
  flow: 'F',
  run: 'r',
  graph,
  placement: { shard: 0, priority: 5, pools: { start: 'default', work: 'default', join: 'default', end: 'default' } },
}

let redis: RedisServer
let connection: Connection
let queues: JobQueues
let worker: QueueWorker | undefined
const errors: string[] = []
beforeAll(async () => {
  redis = await startRedis()
  connection = await connect({ url: redis.url })
  queues = new JobQueues(connection, 0)
})
afterAll(async () => {
  await queues.close()
  await connection.close()
  await redis.stop()
})
beforeEach(async () => {
  await connection.redis.flushall()
  errors.length = 0
  await queues.attach(run, [{ job: FINISH, children: [{ job: join, children: [leaf(first)] }] }], 0)
})
afterEach(async () => worker?.close())

const keyOf = (job: Job): string => queues.keyOf(run, { queue: POOL, id: job.id })
const children = async (): Promise<string[]> => (await connection.redis.smembers(`${keyOf(join)}:dependencies`)).sort()
const next = async (token: string): Promise<Completion> => {
  const { answered } = await queues.attachNext(run, { key: keyOf(first), token }, second as never, 0)
  const attaching = answered.then(() => {})
  attaching.catch(() => {})
  return { attaching }
}

/** Serves the pool; `perform` gets the deliveries of the first job by number. Gives what was delivered, with tokens. */
function serve(perform: (delivery: number, token: string) => Promise<Completion | undefined>): string[][] {
  const delivered: string[][] = []
  const deliver = async ({ data }: QueueJob<JobData>, token = ''): Promise<Completion | undefined> => {
    delivered.push([data.job.id, token])
    if (data.job.id !== first.id) return undefined
    return perform(delivered.filter(([id]) => id === first.id).length, token)
  }
  worker = new QueueWorker(POOL, deliver, { ...DELIVERY, connection: connection.redis, prefix: queues.prefix })
  worker.on('error', () => {})
  worker.on('failed', (_job, error) => errors.push(error.message))
  return delivered
}
const until = (check: () => Promise<boolean> | boolean): Promise<void> =>
  vi.waitFor(async () => expect(await check()).toBe(true), { timeout: 8000, interval: 20 })

describe('a job whose successor is attached while it completes', () => {
  it('completes, and the next one is there', async () => {
    const delivered = serve((_, token) => next(token))
    await until(async () => (await children()).length === 0)
    expect(delivered.map(([id]) => id).slice(0, 2)).toEqual([first.id, second.id])
    expect(delivered[1]?.[1]).toBe(`${delivered[0]?.[1]}+`)
    expect(errors).toEqual([])
  })

  it('does not complete as long as nothing is attached, and comes again', async () => {
    const refused = Promise.reject(new Error('the connection was lost'))
    refused.catch(() => {})
    let seen: string[] = []
    const delivered = serve(async (delivery, token) => {
      if (delivery === 1) return { attaching: refused }
      seen = await children()
      return next(token)
    })
    await until(async () => (await children()).length === 0)
    expect(seen).toEqual([keyOf(first)])
    expect(delivered.map(([id]) => id).slice(0, 3)).toEqual([first.id, first.id, second.id])
    expect(errors).toEqual(['the connection was lost'])
  })

  it('does not complete when Redis has lost the scripts, whichever comes first', async () => {
    const delivered = serve(async (delivery, token) => {
      if (delivery === 1) await connection.redis.script('FLUSH')
      return next(token)
    })
    await until(async () => (await children()).length === 0)
    expect(delivered.map(([id]) => id)).toContain(second.id)
  })

  it('does not complete when its parent is gone', async () => {
    const delivered = serve(async (delivery, token) => {
      if (delivery === 1) await connection.redis.del(keyOf(join))
      if (delivery === 2) return undefined
      return next(token)
    })
    await until(async () => delivered.length === 2)
    expect(errors).toEqual(['the parent of a job is gone'])
    expect(await connection.redis.exists(keyOf(second))).toBe(0)
  })

  it('does not complete when its lock is somebody else’s by now', async () => {
    let isLost = false
    serve(async (_, token) => {
      if (isLost) return next(token)
      isLost = true
      await connection.redis.set(`${keyOf(first)}:lock`, 'another', 'PX', 1000)
      return next(token)
    })
    await until(() => isLost)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await children()).toContain(keyOf(first))
    expect(await connection.redis.get(`${keyOf(first)}:lock`)).toBe('another')
  })
})

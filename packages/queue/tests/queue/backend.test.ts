import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { Worker } from 'bullmq'
import { createBackend, loadScripts, sendTogether } from '../../src/queue/backend.ts'
import { DELIVERY } from '../../src/queue/job-data.ts'
import { QueueWorker } from '../../src/queue/queue-worker.ts'
import { queuesOnRedis } from '../queues-on-redis.ts'

// One test for each private part of BullMQ and ioredis that queue/backend.ts lists. See queue-worker.test.ts for the order of `active`.
const on = queuesOnRedis()
const optionsOf = () => ({ ...DELIVERY, connection: on.connection.redis, prefix: on.queues.prefix })

it('a worker that is to serve more jobs begins the next one while the first goes on', async () => {
  let end = (): void => {}
  const ends = new Promise<void>((resolve) => (end = resolve))
  let begun = 0
  const perform = async (): Promise<undefined> => {
    begun += 1
    await ends
    return undefined
  }
  const queue = on.queues.queue('pool-wake')
  await queue.add('a', {}, { jobId: 'a', removeOnComplete: true })
  await queue.add('b', {}, { jobId: 'b', removeOnComplete: true })
  const worker = new QueueWorker('pool-wake', perform, { ...optionsOf(), concurrency: 1 })
  worker.on('error', () => {})
  try {
    await expect.poll(() => begun).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(begun).toBe(1)
    worker.serve(2)
    await expect.poll(() => begun).toBe(2)
  } finally {
    end()
    await worker.close()
  }
})

it('the main loop of a worker has a queue that an event can be added to', async () => {
  const worker = new Worker('pool-loop', async () => {}, optionsOf(), createBackend)
  worker.on('error', () => {})
  await expect
    .poll(() => typeof (worker as never as { mainLoopQueue?: { add?: unknown } }).mainLoopQueue?.add)
    .toBe('function')
  await worker.close()
})

it('all scripts can be given to Redis again', async () => {
  const { redis } = on.connection
  const queue = on.queues.queue('pool-scripts')
  await queue.waitUntilReady()
  const { scriptsSet } = redis as unknown as { scriptsSet: Record<string, { sha: string }> }
  const shas = Object.values(scriptsSet).map(({ sha }) => sha)
  expect(shas.length).toBeGreaterThan(10)
  await redis.script('FLUSH')
  await loadScripts(redis)
  const there = (await redis.script('EXISTS', ...shas)) as number[]
  expect(there.every((one) => one === 1)).toBe(true)
})

it('commands of one turn leave in one write', async () => {
  const { redis } = on.connection
  expect('stream' in redis).toBe(true)
  const { stream } = redis as unknown as { stream: Socket }
  sendTogether(redis)
  expect(stream.writableCorked).toBe(1)
  await Promise.all([redis.ping(), redis.ping()])
  expect(stream.writableCorked).toBe(0)
})

import { afterAll, beforeAll, describe } from 'vitest'
import { followEvents, type Connection } from '@flowctl/queue'
import { conformance } from './conformance.ts'
import { startPlainRedis, type PlainRedis } from '@flowctl/test-support/servers/redis'
import { QueueBench } from './queue-bench.ts'

let redis: PlainRedis
beforeAll(async () => {
  redis = await startPlainRedis({ appendonly: true })
})
afterAll(() => redis.stop())

describe.each([
  { workers: 1, slots: 2, isolate: false },
  { workers: 2, slots: 1, isolate: false },
  { workers: 2, slots: 1, isolate: true },
])('bullmq engine, %j', ({ workers, slots, isolate }) => {
  let bench: QueueBench
  let connection: Connection
  beforeAll(async () => {
    bench = await QueueBench.open(redis, `conformance-${workers}-${isolate}`)
    connection = await bench.connect()
    await bench.coordinator()
    for (let n = 0; n < workers; n += 1) await bench.worker(slots)
  })
  afterAll(() => bench.close())

  conformance(async (file, parameters) => {
    const record = await bench.submit(file, parameters, { isolate })
    await followEvents(connection, { objects: bench.store, record, onEvent: () => {} })
    return { store: bench.store, record }
  }, isolate)
})

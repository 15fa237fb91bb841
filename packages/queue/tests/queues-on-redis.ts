import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startRedis, type RedisServer } from '@flowctl/test-support/servers/redis'
import { JobQueues } from '../src/queue/job-queues.ts'
import { connect, type Connection } from '../src/connection/connect.ts'

export interface QueuesOnRedis {
  connection: Connection
  queues: JobQueues
}

/** The queues of one shard on a Redis of its own for the tests of one file; empty before each of them. */
export function queuesOnRedis(): Readonly<QueuesOnRedis> {
  const on = {} as QueuesOnRedis
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
    on.connection = await connect({ url: redis.url })
    on.queues = new JobQueues(on.connection, 0)
  })
  beforeEach(async () => {
    await on.connection.redis.flushall()
  })
  afterAll(async () => {
    await on.queues.close()
    await on.connection.close()
    await redis.stop()
  })
  return on
}

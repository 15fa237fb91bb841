import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startRedis, type RedisServer } from '../../../integration-tests/servers/redis.ts'
import { JobQueues } from '../src/queue/job-queues.ts'
import { connect, type Connection } from '../src/connection/connect.ts'

export interface ShardOnRedis {
  connection: Connection
  shard: JobQueues
}

/** A shard on a Redis of its own for the tests of one file; empty before each of them. */
export function shardOnRedis(): Readonly<ShardOnRedis> {
  const on = {} as ShardOnRedis
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
    on.connection = await connect({ url: redis.url })
    on.shard = new JobQueues(on.connection, 0)
  })
  beforeEach(async () => {
    await on.connection.redis.flushall()
  })
  afterAll(async () => {
    await on.shard.close()
    await on.connection.close()
    await redis.stop()
  })
  return on
}

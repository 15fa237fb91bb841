import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { connect, followEvents } from '@flowctl/queue'
import { freePorts } from '@flowctl/test-support/servers/free-ports'
import { startRedis, startRedisCluster, startSentinel } from '@flowctl/test-support/servers/redis'
import { until } from '@flowctl/test-support/until'
import { QueueBench } from '../conformance/queue-bench.ts'
import { executionsIn, judgeTally } from './tally.ts'

const TALLY = fileURLToPath(new URL('./flows/tally.ts', import.meta.url))

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(url: string, shards: number): Promise<QueueBench> {
  const bench = await QueueBench.open({ url }, 'flowctl', shards)
  closing.push(() => bench.close())
  return bench
}

const hosts = (servers: readonly { readonly port: number }[]): string =>
  servers.map(({ port }) => `127.0.0.1:${port}`).join(',')

describe('Redis in other forms', () => {
  it('a cluster: the runs of several shards, with a wide foreach each', async () => {
    const cluster = await startRedisCluster()
    closing.push(() => cluster.stop())
    const bench = await open(`redis+cluster://${hosts(cluster.nodes)}`, 3)
    await bench.coordinator()
    await bench.worker(2)
    const connection = await bench.connect()
    const shards = new Set<number>()
    for (let n = 0; shards.size < 3 && n < 20; n += 1) {
      const file = join(bench.folder, `tally-${n}`)
      const record = await bench.submit(TALLY, { file, count: '50', ms: '0' })
      shards.add(record.placement?.shard ?? -1)
      const end = await followEvents(connection, { objects: bench.store, record, onEvent: () => {} })
      expect(end?.status).toBe('succeeded')
      await judgeTally(bench, record, file, 50)
    }
    expect(shards.size).toBe(3)
  })

  it('sentinels: the run goes on when another server has become the master', async () => {
    const group = await startSentinel()
    closing.push(() => group.stop())
    const bench = await open(`redis+sentinel://${hosts(group.sentinels)}/${group.group}`, 1)
    await bench.coordinator()
    await bench.worker(2)
    const file = join(bench.folder, 'tally')
    const record = await bench.submit(TALLY, { file, count: '600', ms: '5' })
    await until(() => executionsIn(file) > 100, '100 executions')
    await (await group.master()).kill9()
    const connection = await bench.connect()
    const end = await followEvents(connection, { objects: bench.store, record, onEvent: () => {} })
    expect(end?.status).toBe('succeeded')
    await judgeTally(bench, record, file, 600)
  })

  it('says within seconds that nobody answers, or that the password is missing', async () => {
    const url = `redis://127.0.0.1:${await freePorts()}`
    const started = Date.now()
    await expect(connect({ url, timeoutMs: 25_000 })).rejects.toMatchObject({
      code: 'REDIS_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED') as string,
    })
    expect(Date.now() - started).toBeLessThan(15_000)
    const guarded = await startRedis()
    closing.push(() => guarded.stop())
    const open = await connect({ url: guarded.url })
    await open.redis.config('SET', 'requirepass', 'secret')
    await open.close()
    await expect(connect({ url: guarded.url })).rejects.toMatchObject({
      code: 'REDIS_UNREACHABLE',
      message: expect.stringMatching(/NOAUTH|Authentication/) as string,
    })
    const connection = await connect({ url: guarded.url.replace('redis://', 'redis://:secret@') })
    await connection.close()
    expect(Date.now() - started).toBeLessThan(30_000)
  })
})

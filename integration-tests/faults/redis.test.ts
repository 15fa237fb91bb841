import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { missingRedis, startSentinel, type RedisServer } from '@flowctl/test-support/servers/redis'
import { chances, FaultBench } from './harness.ts'

const COUNT = 400

describe.skipIf(missingRedis() !== undefined)('faults of Redis', () => {
  it('13: Redis is killed and comes back with what it had written a second ago', async () => {
    const chance = chances('13')
    const bench = await FaultBench.open({ appendonly: true })
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: COUNT, ms: 5 })
    await bench.reaches(20 + chance(COUNT))
    await bench.redis.kill9()
    await sleep(chance(2000))
    await bench.redis.restart()
    await bench.judgeSuccess(record)
  })

  it('14: Redis is killed and comes back empty', async () => {
    const chance = chances('14')
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: COUNT, ms: 5 })
    await bench.reaches(20 + chance(COUNT))
    await bench.redis.restart({ empty: true })
    await bench.judgeSuccess(record)
  })

  it('15: a replica becomes the master that has not heard of the last seconds', async () => {
    const group = await startSentinel()
    onTestFinished(() => group.stop())
    const [master, replica] = group.servers as [RedisServer, RedisServer]
    const sentinels = group.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
    const bench = await FaultBench.on(master, `redis+sentinel://${sentinels}/${group.group}`)
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: COUNT, ms: 10 })
    await bench.reaches(50)
    // The link is cut, and cannot be made again with a password that is wrong.
    await tell(replica, (client) => client.config('SET', 'masterauth', 'wrong'))
    await tell(master, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'replica'))
    const facts = (): Promise<string> => tell(replica, (client) => client.info('replication'))
    await expect.poll(facts).toContain('master_link_status:down')
    const before = bench.executions().length
    await bench.reaches(before + 100)
    const offsets = await Promise.all([master, replica].map(offsetOf))
    expect(offsets[0]).toBeGreaterThan(offsets[1] as number)
    await master.kill9()
    await bench.judgeSuccess(record)
    expect((await group.master()).port).toBe(replica.port)
    console.log(`15: ${(offsets[0] as number) - (offsets[1] as number)} bytes were lost`)
  })

  it('16: a worker, then a coordinator, cannot be reached for longer than a lock holds', async () => {
    const bench = await FaultBench.open()
    const away = await bench.behindProxy()
    await away.queue.coordinator()
    const lost = await bench.behindProxy()
    await lost.queue.spawn('worker', 2)
    const record = await bench.submit({ count: COUNT, ms: 5 })
    await bench.reaches(60)
    lost.proxy.blackHole(true)
    await bench.queue.worker(1)
    await sleep(8000)
    lost.proxy.blackHole(false)
    away.proxy.blackHole(true)
    await sleep(6000)
    away.proxy.blackHole(false)
    await bench.judgeSuccess(record)
  })

  it('18: Redis has no memory left for a while', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: COUNT, ms: 5 })
    await bench.reaches(50)
    await tell(bench.redis, (client) => client.config('SET', 'maxmemory', '1mb'))
    await refuses(bench.redis, /^OOM /)
    await sleep(6000)
    await tell(bench.redis, (client) => client.config('SET', 'maxmemory', '0'))
    await bench.judgeSuccess(record)
  })

  it('19: Redis cannot write its data to its disk and takes no more for a while', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'flowctl-miscfg-'))
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    const bench = await FaultBench.open({ dir })
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: COUNT, ms: 5 })
    await bench.reaches(50)
    // A folder stands where the file is to be put.
    await mkdir(join(dir, 'dump.rdb'))
    await tell(bench.redis, (client) => client.config('SET', 'save', '3600 1'))
    await tell(bench.redis, (client) => client.bgsave())
    await refuses(bench.redis, /^MISCONF /)
    await sleep(6000)
    await rmdir(join(dir, 'dump.rdb'))
    await tell(bench.redis, (client) => client.bgsave())
    await bench.judgeSuccess(record)
  })

  it('20: FLUSHALL, again and again, and SCRIPT FLUSH', async () => {
    const chance = chances('20')
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const { redis } = await bench.queue.connect()
    const record = await bench.submit({ count: COUNT, ms: 5 })
    for (let flush = 0; flush < 3; flush += 1) {
      await bench.reaches(10 + flush * 200 + chance(150))
      await redis.flushall()
      await redis.script('FLUSH')
    }
    await bench.judgeSuccess(record)
  })

  it('21: Redis is slow', async () => {
    const bench = await FaultBench.open()
    const { proxy, queue } = await bench.behindProxy()
    await queue.coordinator()
    await queue.worker(2)
    proxy.toClient.delayMs = 100
    await bench.judgeSuccess(await bench.submit({ count: 20, ms: 2 }))
  })

  it('22: Redis pauses', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: COUNT, ms: 5 })
    await bench.reaches(50)
    bench.redis.freeze()
    await sleep(7000)
    bench.redis.thaw()
    await bench.judgeSuccess(record)
  })
})

async function tell<T>({ url }: RedisServer, what: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 })
  try {
    return await what(client)
  } finally {
    client.disconnect()
  }
}

async function refuses(server: RedisServer, why: RegExp): Promise<void> {
  const write = (): Promise<string> =>
    tell(server, (client) => client.set('some', 'thing')).catch((error: Error) => error.message)
  await expect.poll(write).toMatch(why)
}

/** How much of what the master was told it knows. */
async function offsetOf(server: RedisServer): Promise<number> {
  const facts = await tell(server, (client) => client.info('replication'))
  const [, own] = /^(?:master_repl_offset):(\d+)/m.exec(facts) ?? []
  const [, replicated] = /^(?:slave_repl_offset):(\d+)/m.exec(facts) ?? []
  return Number(replicated ?? own)
}

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it } from 'vitest'
import { missingRedis } from '../servers/redis.ts'
import { chances, FaultBench } from './harness.ts'

const COUNT = 400

describe.skipIf(missingRedis() !== undefined)('faults of Redis', { timeout: 180_000 }, () => {
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

  it('16: a worker, then a coordinator, cannot be reached for longer than a lock holds', async () => {
    const bench = await FaultBench.open()
    const away = await bench.behindProxy()
    await away.queue.coordinator()
    const lost = await bench.behindProxy()
    const worker = await lost.queue.spawn('worker', 2)
    const record = await bench.submit({ count: COUNT, ms: 5 })
    await bench.reaches(60)
    lost.proxy.blackHole(true)
    await bench.queue.worker(1)
    await sleep(8000)
    lost.proxy.blackHole(false)
    away.proxy.blackHole(true)
    await sleep(6000)
    away.proxy.blackHole(false)
    await bench.judgeSuccess(record, worker.pid)
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

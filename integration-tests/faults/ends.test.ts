import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { cancelRun } from '@flowctl/engine/bullmq'
import { missingRedis } from '../servers/redis.ts'
import { chances, FaultBench } from './harness.ts'

const ROUNDS = Number(process.env['FLOWCTL_FAULT_ROUNDS'] ?? 4)

describe.skipIf(missingRedis() !== undefined)('faults around the end of a run', { timeout: 180_000 }, () => {
  it('31, 32: a run is cancelled at any moment, also as it ends', async () => {
    const chance = chances('31')
    const bench = await FaultBench.open()
    const coordinator = await bench.queue.coordinator()
    await bench.queue.worker(2)
    const connection = await bench.queue.connect()
    const whole = await bench.submit({ count: 20 })
    const startedAt = Date.now()
    await bench.ended(whole)
    const length = Date.now() - startedAt
    await bench.judgeSuccess(whole)
    for (let round = 0; round < ROUNDS * 2; round += 1) {
      const record = await bench.submit({ count: 20 })
      const wait = chance(length)
      await sleep(wait)
      const isFirst = await cancelRun(connection, { objects: bench.queue.store, record, by: 'tester' })
      const cancelledAt = Date.now()
      const end = await bench.ended(record, 20_000)
      console.log(
        `31: cancelled after ${wait} ms, ${isFirst ? '' : 'too late, '}${end.status} ${Date.now() - cancelledAt} ms later`,
      )
      if (!isFirst) expect(end.status).toBe('succeeded')
      await bench.leavesNothing(record)
    }
    expect(coordinator.counters.finished).toBe(ROUNDS * 2 + 1)
  })
})

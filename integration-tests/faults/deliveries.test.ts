import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ArtifactStore } from '@flowctl/datastore'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { FaultBench } from './harness.ts'

const RACE = fileURLToPath(new URL('./flows/race.ts', import.meta.url))

describe.skipIf(missingRedis() !== undefined)('faults of deliveries', () => {
  it('24: jobs are delivered twice', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const worker = await bench.queue.worker(2)
    const { redis } = await bench.queue.connect()
    const state = { isOver: false }
    const unlocked = new Set<string>()
    // A job whose lock is gone while it runs counts as abandoned, and is given out again.
    const unlocking = (async () => {
      while (!state.isOver) {
        for (const key of await redis.keys('*:lock')) {
          if (unlocked.has(key)) continue
          unlocked.add(key)
          await redis.del(key)
        }
        await sleep(2)
      }
    })()
    const record = await bench.submit({ count: 30, ms: 10 })
    await bench.ended(record)
    state.isOver = true
    await unlocking
    console.log(
      `24: ${unlocked.size} jobs lost their lock, ${worker.counters.redelivered} were delivered to workers again`,
    )
    expect(worker.counters.redelivered).toBeGreaterThan(3)
    await bench.judgeSuccess(record)
  })

  it('33: tasks end and run out of time at the same moment', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(4)
    const record = await bench.submitFile(RACE)
    expect(await bench.ended(record)).toMatchObject({ status: 'succeeded' })
    const tasks = await bench.judge(record)
    const work = tasks.filter(({ step }) => step === 'work').toSorted((a, b) => Number(a.task) - Number(b.task))
    expect(work).toHaveLength(12)
    const seen = tasks.find(({ step }) => step === 'join')?.artifacts['seen']
    const value = seen === undefined ? undefined : await new ArtifactStore(bench.queue.store, record.flow).load(seen)
    expect(value).toEqual(work.map(({ pid, attempt }) => `${pid} ${attempt}`))
    const begun = bench.executions().map(({ task, attempt }) => `${task} ${attempt}`)
    console.log(`33: attempts of 12 tasks: ${begun.length}`)
    // An attempt whose time ran out before its first line is in no file, but counts.
    const counted = work.flatMap(({ task, attempt }) => Array.from({ length: attempt + 1 }, (_, n) => `${task} ${n}`))
    expect(begun.filter((one, n) => begun.indexOf(one) !== n || !counted.includes(one))).toEqual([])
    expect(work.filter(({ task, attempt }) => !begun.includes(`${task} ${attempt}`))).toEqual([])
  })
})

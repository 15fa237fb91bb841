import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { EndRecord, RunRecord } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import { cancelRun } from '@flowctl/queue'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { chances, FaultBench, type Execution } from './harness.ts'

const ROUNDS = Number(process.env['FLOWCTL_FAULT_ROUNDS'] ?? 4)

describe.skipIf(missingRedis() !== undefined)('faults around the end of a run', () => {
  it.each(['start', 'work', 'after', 'join', 'right', 'end'])('31: a run is cancelled in its step %s', async (step) => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    await bench.queue.worker(2)
    const record = await bench.submit({ count: 6, holdAt: step })
    await until(() => heldIn(bench, step).length > 0, `a task of ${step}`)
    expect(await cancel(bench, record)).toBe(true)
    expect(await bench.ended(record)).toMatchObject({ status: 'cancelled' })
    await judgeCancelled(bench, record)
    const outcomes = await bench.judge(record)
    expect(outcomes.filter((task) => task.step === step)).toEqual([])
    const later = ORDER.slice(ORDER.indexOf(step) + 1)
    expect(bench.executions().filter((one) => later.includes(one.step))).toEqual([])
    for (const { pid } of heldIn(bench, step)) await until(() => !isAlive(pid), 'the end of what was held')
  })

  it('31: a run is cancelled before it is admitted, and before a worker has it', async () => {
    const bench = await FaultBench.open()
    const early = await bench.submit({ count: 6 })
    expect(await cancel(bench, early)).toBe(true)
    await bench.queue.coordinator()
    const late = await bench.submit({ count: 6 })
    const { redis } = await bench.queue.connect()
    await until(async () => (await redis.keys(`*:pool-default:*${late.run}-*`)).length > 0, 'the first job')
    expect(await cancel(bench, late)).toBe(true)
    await bench.queue.worker(2)
    for (const record of [early, late]) {
      expect(await bench.ended(record)).toMatchObject({ status: 'cancelled' })
      await judgeCancelled(bench, record)
    }
    expect(bench.executions()).toEqual([])
  })

  it('31: a run is cancelled when its split is committed and nothing of it attached', async () => {
    const bench = await FaultBench.open()
    await bench.queue.coordinator()
    const { proxy, queue } = await bench.behindProxy()
    await queue.worker(2)
    const enough = join(bench.queue.folder, 'enough')
    const record = await bench.submit({ count: 6, holdAt: 'start', enough })
    await bench.reaches(1)
    proxy.blackHole(true)
    writeFileSync(enough, '')
    await until(async () => (await bench.outcomes(record)).length > 0, 'the commit of the split')
    expect(await cancel(bench, record)).toBe(true)
    proxy.blackHole(false)
    expect(await bench.ended(record)).toMatchObject({ status: 'cancelled' })
    await judgeCancelled(bench, record)
    expect(bench.executions().map(({ step }) => step)).toEqual(['start'])
  })

  it('31, 32: a run is cancelled at any moment, also as it ends', async () => {
    const chance = chances('31, 32')
    const bench = await FaultBench.open()
    const coordinator = await bench.queue.coordinator()
    await bench.queue.worker(2)
    const ofOne = ORDER.length + 2 * 19
    const seen = { cancelled: 0, succeeded: 0, failed: 0 }
    for (let round = 0; round < ROUNDS * 2; round += 1) {
      const before = bench.executions().length
      const record = await bench.submit({ count: 20, ms: 15 })
      // Every second time it is about to end.
      const at = round % 2 === 0 ? 1 + chance(ofOne) : ofOne - chance(2)
      await bench.reaches(before + at)
      await sleep(chance(10))
      const isFirst = await cancel(bench, record)
      const cancelledAt = Date.now()
      const end = await bench.ended(record)
      const { status } = end
      seen[status] += 1
      const took = Date.now() - cancelledAt
      console.log(
        `31, 32: cancelled after ${at} of ${ofOne} tasks${isFirst ? '' : ', too late'}: ${status} in ${took} ms`,
      )
      // A stop that was recorded before the end of the run was, counts, though the last task may be done by then.
      if (!isFirst) expect(status).toBe('succeeded')
      if (status === 'cancelled') await judgeCancelled(bench, record)
      else await bench.leavesNothing(record)
      const done = await judgeOrder(bench, record)
      if (status === 'succeeded') expect(done.size).toBe(ofOne)
      expect(tallyOf(end)).toEqual(Object.fromEntries(ORDER.map((step) => [step, countOf(done, step)])))
    }
    expect(seen.cancelled, 'runs that were caught on their way').toBeGreaterThan(0)
    expect(coordinator.counters.finished).toBe(ROUNDS * 2)
  })
})

/** The steps of JournalFlow, in an order they can have. */
const ORDER = ['start', 'work', 'after', 'join', 'fork', 'left', 'right', 'meet', 'end']

const heldIn = (bench: FaultBench, step: string): Execution[] => bench.executions().filter((one) => one.step === step)

async function cancel(bench: FaultBench, record: RunRecord): Promise<boolean> {
  return cancelRun(await bench.queue.connect(), { objects: bench.queue.store, record, by: 'tester' })
}

/** It ended for the reason given, nothing began after that, and nothing is left. */
async function judgeCancelled(bench: FaultBench, record: RunRecord): Promise<void> {
  const store = new RunStore(bench.queue.store, record.flow, record.run)
  expect(await store.readStop()).toMatchObject({ reason: 'cancelled', by: 'tester' })
  await bench.leavesNothing(record)
  const executions = bench.executions().length
  const outcomes = (await bench.outcomes(record)).length
  await sleep(300)
  expect(bench.executions()).toHaveLength(executions)
  expect(await bench.outcomes(record)).toHaveLength(outcomes)
}

/** What is committed, each once; whatever a task needs was committed too. */
async function judgeOrder(bench: FaultBench, record: RunRecord): Promise<ReadonlySet<string>> {
  const tasks = (await bench.outcomes(record)).map(({ record: { step, task } }) => `${step}/${task}`)
  const done = new Set(tasks)
  expect(done.size, 'one final outcome a task').toBe(tasks.length)
  for (const task of tasks) {
    const [step = '', id = ''] = task.split('/')
    const needed: Record<string, readonly string[]> = {
      start: [],
      work: ['start/0'],
      after: [`work/${id}`],
      join: Array.from({ length: 20 }, (_, n) => `after/${n}`),
      fork: ['join/0'],
      left: ['fork/0'],
      right: ['fork/0'],
      meet: ['left/0', 'right/0'],
      end: ['meet/0'],
    }
    expect(
      needed[step]?.filter((one) => !done.has(one)),
      `what ${task} needed`,
    ).toEqual([])
  }
  return done
}

const countOf = (done: ReadonlySet<string>, step: string): number =>
  [...done].filter((task) => task.startsWith(`${step}/`)).length

/** What the end of a run says of every step. */
const tallyOf = (end: EndRecord): Record<string, number> =>
  Object.fromEntries(ORDER.map((step) => [step, end.steps[step]?.succeeded ?? 0]))

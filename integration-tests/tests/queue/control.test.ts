import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EndRecord, RunRecord } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import { cancelRun, followEvents, type Connection } from '@flowctl/queue'
import { startPlainRedis, type PlainRedis } from '@flowctl/test-support/servers/redis'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { QueueBench } from '../conformance/queue-bench.ts'
import { executionsIn, judgeTally } from './tally.ts'

const flow = (name: string): string => fileURLToPath(new URL(`./flows/${name}.ts`, import.meta.url))

let redis: PlainRedis
let bench: QueueBench
let connection: Connection
let file: string
let n = 0
beforeAll(async () => {
  redis = await startPlainRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  bench = await QueueBench.open(redis, `control-${(n += 1)}`)
  connection = await bench.connect()
  file = join(bench.folder, 'lines.txt')
  await bench.coordinator()
})
afterEach(() => bench.close())

async function end(record: RunRecord): Promise<EndRecord> {
  const store = new RunStore(bench.store, record.flow, record.run)
  await until(async () => (await store.readEnd()) !== undefined, 'the end of the run')
  return (await store.readEnd()) as EndRecord
}

const linesIn = (): string[][] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))

describe('a run on the queue', () => {
  it('is cancelled while its code is busy', async () => {
    await bench.worker(2)
    const record = await bench.submit(flow('intervals'), { file, count: '2', ms: '60000' })
    await until(() => executionsIn(file) >= 3, '3 executions')
    const started = Date.now()
    expect(await cancelRun(connection, { objects: bench.store, record, by: 'tester' })).toBe(true)
    expect((await end(record)).status).toBe('cancelled')
    expect(Date.now() - started).toBeLessThan(15_000)
    const seen: string[] = []
    await followEvents(connection, { objects: bench.store, record, onEvent: (event) => seen.push(event.type) })
    expect(seen).toContain('stopping')
    expect(seen.at(-1)).toBe('run-ended')
    for (const [, what, , pid] of linesIn()) {
      if (what === 'begin') await until(() => !isAlive(Number(pid)), 'the end of its process')
    }
    expect(await cancelRun(connection, { objects: bench.store, record, by: 'tester' })).toBe(false)
  })

  it('is cancelled while no worker is there', async () => {
    const record = await bench.submit(flow('intervals'), { file })
    await cancelRun(connection, { objects: bench.store, record, by: 'tester' })
    await bench.worker(1)
    expect((await end(record)).status).toBe('cancelled')
    expect(executionsIn(file)).toBe(0)
  })

  it('ends when a task fails for good, though another waits an hour for its next attempt', async () => {
    await bench.worker(2)
    const record = await bench.submit(flow('waiting'))
    const ended = await end(record)
    expect(ended).toMatchObject({ status: 'failed', failure: { step: 'doomed', error: { message: 'never' } } })
  })

  it('tells its followers everything in order, also one who comes late', async () => {
    await bench.worker(2)
    const record = await bench.submit(flow('intervals'), { file, count: '3', ms: '10' })
    const live: string[] = []
    await followEvents(connection, { objects: bench.store, record, onEvent: (event) => live.push(event.type) })
    const late: string[] = []
    await followEvents(connection, { objects: bench.store, record, onEvent: (event) => late.push(event.type) })
    expect(late).toEqual(live)
    expect(live[0]).toBe('run-started')
    expect(live.at(-1)).toBe('run-ended')
    expect(live.filter((type) => type === 'task-ended')).toHaveLength(6)
    expect(live.filter((type) => type === 'foreach-opened')).toHaveLength(1)
  })

  it('goes on elsewhere when its worker is told to leave, and nothing runs twice', async () => {
    const leaving = await bench.spawn('worker', 2)
    const record = await bench.submit(flow('tally'), { file, count: '600', ms: '5' })
    await until(() => executionsIn(file) > 100, '100 executions')
    await bench.worker(2)
    const gone = new Promise((resolve) => leaving.once('exit', resolve))
    leaving.kill('SIGTERM')
    expect(await gone).toBe(0)
    await end(record)
    expect((await judgeTally(bench, record, file, 600)).executions).toBe(600)
  })

  it('keeps to its own limit of tasks at a time', async () => {
    await bench.worker(2)
    await bench.worker(2)
    const record = await bench.submit(flow('intervals'), { file, count: '12', ms: '60' }, { maxWorkers: 2 })
    await end(record)
    let [running, most] = [0, 0]
    for (const [, what] of linesIn().sort((a, b) => Number(a[2]) - Number(b[2]) || (a[1] === 'end' ? -1 : 1))) {
      if (what === 'begin') most = Math.max(most, (running += 1))
      if (what === 'end') running -= 1
    }
    expect(most).toBe(2)
  })

  it('has its steps in the pools they ask for; one slot serves several pools', async () => {
    const pools = [{ name: 'default' }, { name: 'gpu', gpu: 1 }, { name: 'big', memory: 64_000 }]
    await bench.worker(1, { pools: ['default'] })
    const record = await bench.submit(flow('pools'), {}, { pools })
    expect(record.placement?.pools).toMatchObject({ start: 'default', plain: 'default', device: 'gpu', named: 'big' })
    const store = new RunStore(bench.store, record.flow, record.run)
    await until(async () => (await store.readCommit('plain', '0')) !== undefined, 'the commit of plain')
    await sleep(500)
    expect(await store.readCommit('device', '0')).toBeUndefined()
    const both = await bench.worker(1, { pools: ['gpu', 'big'] })
    expect((await end(record)).status).toBe('succeeded')
    expect(both.counters.slicesDone).toBe(2)
  })

  it('uses a slot that another pool has left while its own goes on', async () => {
    const pools = [{ name: 'default' }, { name: 'gpu', gpu: 1 }]
    const worker = await bench.worker(2, { pools: ['default', 'gpu'] })
    const held = await bench.submit(flow('held'), { folder: bench.folder }, { pools })
    await until(() => worker.load().busy === 2, 'two busy slots')
    writeFileSync(join(bench.folder, 'device'), '')
    await until(() => worker.load().busy === 1, 'one free slot')
    const short = await bench.submit(flow('intervals'), { file, count: '1', ms: '10' })
    expect((await end(short)).status).toBe('succeeded')
    writeFileSync(join(bench.folder, 'plain'), '')
    expect((await end(held)).status).toBe('succeeded')
  })

  it('fails with the reason when no worker can start its code', async () => {
    await bench.worker(1)
    bench.breakCode = true
    const record = await bench.submit(flow('intervals'), { file })
    expect(await end(record)).toMatchObject({
      status: 'failed',
      failure: { step: 'start', task: '0', error: { code: 'WORKER_CODE_MISSING' } },
    })
    expect(executionsIn(file)).toBe(0)
  })

  it('takes over what the run it resumes has done', async () => {
    await bench.worker(2)
    const origin = await bench.submit(flow('half-done'), { file })
    expect((await end(origin)).status).toBe('failed')
    const before = executionsIn(file)
    writeFileSync(`${file}.fixed`, '')
    const resumed = await bench.resume(flow('half-done'), origin.run)
    expect(await end(resumed)).toMatchObject({
      status: 'succeeded',
      steps: { start: { adopted: 1 }, work: { succeeded: 40 } },
    })
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    expect(lines.length - before).toBe(41 - before)
    expect(new Set(lines).size).toBe(41)
  })

  it('overtakes less urgent ones', async () => {
    await bench.worker(1)
    const slow = await bench.submit(flow('intervals'), { file, name: 'slow', count: '30', ms: '100' })
    await until(() => executionsIn(file) >= 2, '2 executions')
    const urgent = await bench.submit(
      flow('intervals'),
      { file, name: 'urgent', count: '3', ms: '20' },
      { priority: 1 },
    )
    await end(urgent)
    const lines = linesIn()
    const done = lines.findIndex(([name, what]) => name === 'urgent' && what === 'done')
    const between = lines.slice(
      lines.findIndex(([name]) => name === 'urgent'),
      done,
    )
    expect(between.filter(([name, what]) => name === 'slow' && what === 'begin')).toEqual([])
    await cancelRun(connection, { objects: bench.store, record: slow, by: 'tester' })
  })

  it('short among long ones waits for about two slices a step', async () => {
    const slots = 4
    await bench.worker(slots)
    const ms = 200
    const long: RunRecord[] = []
    for (let i = 0; i < 10; i += 1) {
      long.push(await bench.submit(flow('intervals'), { file, name: `long${i}`, count: '40', ms: String(ms) }))
    }
    await until(() => new Set(linesIn().map(([name]) => name)).size >= 10, 'ten runs')
    const started = Date.now()
    const record = await bench.submit(flow('intervals'), { file, name: 'short', count: '1', ms: '5' })
    await end(record)
    const marks = linesIn()
      .filter(([name]) => name === 'short')
      .map(([, what, at]) => [what, Number(at) - started])
    const gaps = marks.map(([, at], i) => Number(at) - Number(marks[i - 1]?.[1] ?? 0))
    // Tasks of 200 ms are packed into slices of about a second.
    console.log(
      `a short run among ten long ones, ${slots} slots: ${JSON.stringify(marks)}, waits ${JSON.stringify(gaps)} ms`,
    )
    expect(Math.max(...gaps)).toBeLessThan(10_000)
    for (const one of long) await cancelRun(connection, { objects: bench.store, record: one, by: 'tester' })
  })
})

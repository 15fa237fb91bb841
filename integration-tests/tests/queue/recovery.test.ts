import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunRecord } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import { followEvents } from '@flowctl/queue'
import { startRedis, type RedisServer } from '@flowctl/test-support/servers/redis'
import { until } from '@flowctl/test-support/until'
import { QueueBench } from '../conformance/queue-bench.ts'
import { executionsIn, judgeTally } from './tally.ts'

const TALLY = fileURLToPath(new URL('./flows/tally.ts', import.meta.url))
const COUNT = 1000

let redis: RedisServer
let bench: QueueBench
let file: string
beforeEach(async () => {
  redis = await startRedis({ appendonly: true })
  bench = await QueueBench.open(redis)
  file = join(bench.folder, 'tally.txt')
})
afterEach(async () => {
  await bench.close()
  await redis.stop()
})

const submit = (ms = 5): Promise<RunRecord> => bench.submit(TALLY, { file, count: String(COUNT), ms: String(ms) })

async function ended(record: RunRecord): Promise<number> {
  const started = Date.now()
  const store = new RunStore(bench.store, record.flow, record.run)
  await until(async () => (await store.readEnd()) !== undefined, 'the end of the run')
  return Date.now() - started
}

describe('recovery', () => {
  it('a worker killed in the middle of a foreach: others do what it had', async () => {
    await bench.coordinator()
    const victim = await bench.spawn('worker', 2)
    const record = await submit()
    await until(() => executionsIn(file) > 200, '200 executions')
    await bench.worker(2)
    victim.kill('SIGKILL')
    const ms = await ended(record)
    const { executions } = await judgeTally(bench, record, file, COUNT)
    console.log(`worker killed: the run ended ${ms} ms later, ${executions} executions of ${COUNT} tasks`)
    expect(ms).toBeLessThan(60_000)
  })

  it('a worker frozen until others have done its work, and then thawed: what stands is not changed', async () => {
    await bench.coordinator()
    const frozen = await bench.spawn('worker', 2)
    const record = await submit()
    await until(() => executionsIn(file) > 200, '200 executions')
    frozen.kill('SIGSTOP')
    await bench.worker(2)
    await ended(record)
    const store = new RunStore(bench.store, record.flow, record.run)
    const commits = async (): Promise<string> => {
      const found: string[] = []
      for await (const key of store.listCommits('work'))
        found.push(`${key} ${(await store.readCommit('work', key))?.execution}`)
      return found.join('\n')
    }
    const before = await commits()
    frozen.kill('SIGCONT')
    await sleep(2000)
    expect(await commits()).toBe(before)
    await judgeTally(bench, record, file, COUNT, true)
    // It is as good as before.
    const next = await submit(0)
    await ended(next)
  })

  it('a coordinator killed: another one finishes', async () => {
    const victim = await bench.spawn('coordinator')
    await bench.worker(2)
    const record = await submit()
    await until(() => executionsIn(file) > 200, '200 executions')
    victim.kill('SIGKILL')
    await bench.coordinator()
    await ended(record)
    await judgeTally(bench, record, file, COUNT)
  })

  it('FLUSHALL in the middle: the run goes on, and no committed task runs again', async () => {
    const coordinator = await bench.coordinator()
    await bench.worker(2)
    const record = await submit()
    await until(() => executionsIn(file) > 200, '200 executions')
    const connection = await bench.connect()
    await connection.redis.flushall()
    const ms = await ended(record)
    const { executions } = await judgeTally(bench, record, file, COUNT)
    console.log(`FLUSHALL: the run ended ${ms} ms later, ${executions} executions of ${COUNT} tasks`)
    expect(coordinator.counters.recovered).toBeGreaterThan(0)
  })

  it('Redis killed and started again', async () => {
    await bench.coordinator()
    await bench.worker(2)
    const record = await submit()
    await until(() => executionsIn(file) > 200, '200 executions')
    await redis.kill9()
    await sleep(1000)
    await redis.restart()
    const ms = await ended(record)
    const { executions } = await judgeTally(bench, record, file, COUNT)
    console.log(`Redis restarted: the run ended ${ms} ms later, ${executions} executions of ${COUNT} tasks`)
  })

  it('everything dies; the run goes on when a coordinator and a worker are back, on an empty Redis', async () => {
    const victims = [await bench.spawn('coordinator'), await bench.spawn('worker', 2)]
    const record = await submit()
    await until(() => executionsIn(file) > 200, '200 executions')
    for (const victim of victims) victim.kill('SIGKILL')
    const connection = await bench.connect()
    await connection.redis.flushall()
    await bench.coordinator()
    await bench.worker(2)
    const end = await followEvents(connection, { objects: bench.store, record, onEvent: () => {} })
    expect(end?.status).toBe('succeeded')
    await judgeTally(bench, record, file, COUNT)
  })

  it('a submit that died after it had recorded the run: a coordinator finds it', async () => {
    await bench.worker(1)
    const record = await bench.submit(TALLY, { file, count: '3' })
    // As if the order had never been given: it is taken away again before any coordinator is there.
    const connection = await bench.connect()
    await connection.redis.flushall()
    const late = await bench.connect()
    await late.redis.set('{flowctl:0}:server', /run_id:(\w+)/.exec(await late.redis.info('server'))?.[1] ?? '')
    await bench.coordinator()
    await ended(record)
    await judgeTally(bench, record, file, 3)
  })

  it('a step that kills its workers: three of them, then the task has failed', async () => {
    await bench.coordinator()
    const record = await bench.submit(fileURLToPath(new URL('./flows/deadly.ts', import.meta.url)))
    const store = new RunStore(bench.store, record.flow, record.run)
    let killed = 0
    while ((await store.readEnd()) === undefined) {
      const victim = await bench.spawn('worker')
      await until(async () => victim.signalCode !== null || (await store.readEnd()) !== undefined, 'a death or the end')
      if (victim.signalCode !== null) killed += 1
    }
    expect(killed).toBe(3)
    expect(await store.readEnd()).toMatchObject({
      status: 'failed',
      failure: { step: 'start', error: { code: 'TASK_WORKERS_LOST' } },
    })
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunRecord } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import { startRedis, type RedisServer } from '@flowctl/test-support/servers/redis'
import { until } from '@flowctl/test-support/until'
import { QueueBench } from '../conformance/queue-bench.ts'
import { executionsIn } from './tally.ts'

const INTERVALS = fileURLToPath(new URL('./flows/intervals.ts', import.meta.url))

let redis: RedisServer
let bench: QueueBench
let file: string
beforeEach(async () => {
  redis = await startRedis()
  bench = await QueueBench.open(redis)
  file = join(bench.folder, 'lines.txt')
})
afterEach(async () => {
  await bench.close()
  await redis.stop()
})

const submit = (count: number, ms: number): Promise<RunRecord> =>
  bench.submit(INTERVALS, { file, count: String(count), ms: String(ms) })

async function ended(record: RunRecord): Promise<string | undefined> {
  const store = new RunStore(bench.store, record.flow, record.run)
  await until(async () => (await store.readEnd()) !== undefined, 'the end of the run')
  return (await store.readEnd())?.status
}

const marks = (what: string): { at: number; pid: number }[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, mark]) => mark === what)
    .map(([, , at, pid]) => ({ at: Number(at), pid: Number(pid) }))

const childrenOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  } catch {
    return ''
  }
}

describe('what runs is not run a second time', () => {
  it('when Redis loses everything while tasks run that take longer than any lock', async () => {
    const coordinator = await bench.coordinator()
    await bench.worker(1)
    await bench.spawn('worker', 1)
    const record = await submit(2, 7000)
    await until(() => executionsIn(file) >= 3, '3 executions')
    const connection = await bench.connect()
    await connection.redis.flushall()
    // Those who come now have time for it.
    await bench.worker(2)
    expect(await ended(record)).toBe('succeeded')
    expect(coordinator.counters.recovered).toBeGreaterThan(0)
    expect(marks('begin')).toHaveLength(2)
  })

  it('when the lock of a job is lost again and again, and its worker lives', async () => {
    await bench.coordinator()
    await bench.worker(1)
    const record = await submit(1, 7000)
    await until(() => executionsIn(file) >= 2, '2 executions')
    const other = await bench.worker(1)
    const { redis: client } = await bench.connect()
    const unlocking = setInterval(() => {
      void client.keys('*:lock').then(
        (keys) => (keys.length > 0 ? client.del(...keys) : 0),
        () => {},
      )
    }, 200)
    expect(await ended(record)).toBe('succeeded')
    clearInterval(unlocking)
    expect(other.counters.redelivered).toBeGreaterThan(0)
    expect(marks('begin')).toHaveLength(1)
  })

  it.skipIf(process.platform !== 'linux')(
    'when a worker stands still between its look for the commit and the start, until others have done it',
    async () => {
      await bench.coordinator()
      const frozen = await bench.spawn('worker', 1)
      const record = await submit(1, 1)
      // It has looked, and starts a process for the task.
      await until(() => childrenOf(frozen.pid as number) !== '', 'its task process')
      frozen.kill('SIGSTOP')
      expect(executionsIn(file)).toBe(0)
      const child = Number(childrenOf(frozen.pid as number))
      await bench.worker(1)
      expect(await ended(record)).toBe('succeeded')
      frozen.kill('SIGCONT')
      // It is as good as before: it does the next run, after what it was held up with.
      const next = await submit(8, 100)
      expect(await ended(next)).toBe('succeeded')
      expect(marks('start')).toHaveLength(2)
      expect(marks('start')[0]?.pid).not.toBe(child)
    },
  )
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { RunReader, RunStore } from '@flowctl/datastore'
import { followEvents } from '@flowctl/queue'
import type { RunRecord } from '@flowctl/core'
import { startRedis } from '../../servers/redis.ts'
import { QueueBench } from '../conformance/queue-bench.ts'
import { until } from '../queue/tally.ts'
import { bench, given, whatIsLeft } from './open.ts'

const FLOW = fileURLToPath(new URL('./flows/long-loop.ts', import.meta.url))
/** More than calls inside calls could walk: a stack holds some 2,300 turns. */
const TURNS = 2600

it('a loop of thousands of turns is resumed in this process at the turn that failed', async () => {
  const { store, open } = await bench()
  const opened = await open('long-loop', { maxWorkers: 1 })
  const folder = await mkdtemp(join(tmpdir(), 'flowctl-loop-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const broken = join(folder, 'broken')
  await writeFile(broken, '')
  const parameters = given({ turns: String(TURNS), broken })
  const first = await whatIsLeft(store, await opened.run({ parameters, user: 'tester' }))
  expect(first.end.failure).toMatchObject({ step: 'again', task: `0~${TURNS - 1}`, error: { message: 'planted' } })

  await rm(broken)
  const resumed = await opened.resume(await opened.planResume({}), { user: 'tester' })
  const { end } = await whatIsLeft(store, resumed)
  expect(end).toMatchObject({
    status: 'succeeded',
    steps: { again: { succeeded: TURNS, adopted: TURNS - 1 }, end: { succeeded: 1, adopted: 0 } },
  })
})

it('a loop of thousands of turns goes on over the queue, after its failure and after Redis was wiped', async () => {
  const redis = await startRedis({})
  onTestFinished(() => redis.stop())
  const queue = await QueueBench.open(redis)
  onTestFinished(() => queue.close())
  const connection = await queue.connect()
  await queue.coordinator()
  await queue.worker(1)
  const broken = join(queue.folder, 'broken')
  await writeFile(broken, '')

  const origin = await queue.submit(FLOW, { turns: String(TURNS), broken })
  const failed = await followEvents(connection, { objects: queue.store, record: origin, onEvent: () => {} })
  expect(failed?.failure).toMatchObject({ step: 'again', task: `0~${TURNS - 1}` })
  await rm(broken)

  const resumed = await queue.resume(FLOW, origin.run)
  expect((await followEvents(connection, { objects: queue.store, record: resumed, onEvent: () => {} }))?.status).toBe(
    'succeeded',
  )
  expect(await endOf(queue, resumed)).toMatchObject({
    again: { succeeded: TURNS, adopted: TURNS - 1 },
    end: { succeeded: 1 },
  })

  const fresh = await queue.submit(FLOW, { turns: String(TURNS) })
  const reader = new RunReader(new RunStore(queue.store, fresh.flow, fresh.run), fresh.graph, { isGoing: true })
  await until(async () => (await reader.task('again', `0~${TURNS - 100}`)) !== undefined, 300_000)
  await connection.redis.flushall()
  await until(async () => (await new RunStore(queue.store, fresh.flow, fresh.run).readEnd()) !== undefined, 120_000)
  expect(await endOf(queue, fresh)).toMatchObject({ again: { succeeded: TURNS }, end: { succeeded: 1 } })
})

async function endOf(queue: QueueBench, { flow, run }: RunRecord): Promise<unknown> {
  return (await new RunStore(queue.store, flow, run).readEnd())?.steps
}

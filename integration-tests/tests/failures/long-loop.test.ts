import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { RunStore } from '@flowctl/datastore'
import { followEvents } from '@flowctl/queue'
import { startRedis } from '@flowctl/test-support/servers/redis'
import { until } from '@flowctl/test-support/until'
import { QueueBench } from '../conformance/queue-bench.ts'
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
  const parameters = given({ turns: String(TURNS), fails: String(TURNS), broken })
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

  const fails = TURNS - 100
  const origin = await queue.submit(FLOW, { turns: String(TURNS), fails: String(fails), broken })
  const failed = await followEvents(connection, { objects: queue.store, record: origin, onEvent: () => {} })
  expect(failed?.failure).toMatchObject({ step: 'again', task: `0~${fails - 1}` })
  await rm(broken)

  const resumed = await queue.resume(FLOW, origin.run)
  const store = new RunStore(queue.store, resumed.flow, resumed.run)
  await until(async () => (await store.readCommit('again', `0~${fails + 5}`)) !== undefined, 'its next turns')
  await connection.redis.flushall()
  await until(async () => (await store.readEnd()) !== undefined, 'the end of the run')
  expect(await store.readEnd()).toMatchObject({
    status: 'succeeded',
    steps: { again: { succeeded: TURNS, adopted: fails - 1 }, end: { succeeded: 1 } },
  })
})

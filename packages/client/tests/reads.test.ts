import { INLINE_LIMIT, type ObjectStore } from '@flowctl/core'
import { memoryStore } from '@flowctl/datastore'
import { beforeAll, expect, test } from 'vitest'
import { commitOf } from '../../datastore/tests/reading/model-run.ts'
import { graphOf } from '../../datastore/tests/reading/small-graphs.ts'
import { Client, type Run } from '../src/index.ts'
import { DAY, RunWriter } from './runs.ts'

/** What the client asks of a datastore; each of these is a round trip where that is far away. */

const SLICES = 20
const TASKS_OF_A_SLICE = 50
const RUNS = 200
/** run.json, tags.json, stop.json, heartbeat.json, end.json. */
const READS_OF_A_RUN = 5
/** Runs that are read ahead of the one that is consumed. */
const AHEAD = 8

const wide = graphOf({ start: { foreach: 'fit' }, fit: 'joinAll', joinAll: 'end', end: null }, 'WideFlow')
const memory = memoryStore()
const asked = { gets: 0, lists: 0 }
const counting: ObjectStore = Object.create(memory, {
  get: { value: (...args: Parameters<ObjectStore['get']>) => ((asked.gets += 1), memory.get(...args)) },
  getRange: { value: (...args: Parameters<ObjectStore['getRange']>) => ((asked.gets += 1), memory.getRange(...args)) },
  list: { value: (...args: Parameters<ObjectStore['list']>) => ((asked.lists += 1), memory.list(...args)) },
})
const client = new Client({ datastore: counting, namespace: null, host: 'here', isAlive: () => false })

beforeAll(async () => {
  const writer = await new RunWriter(memory, wide, { run: 'wide', createdAt: DAY + RUNS * 1000 }).create()
  for (let slice = 0; slice < SLICES; slice += 1) {
    const from = slice * TASKS_OF_A_SLICE
    const tasks = Array.from({ length: TASKS_OF_A_SLICE }, (_, n) =>
      writer.told('fit', `${from + n}`, { values: { score: from + n } }),
    )
    await writer.commit(commitOf('fit', `${from}-${from + TASKS_OF_A_SLICE - 1}`, await Promise.all(tasks)))
  }
  for (let n = 0; n < RUNS; n += 1) {
    const run = await new RunWriter(memory, wide, { run: `r${n}`, createdAt: DAY + n * 1000 }).create()
    await run.end('succeeded')
  }
})

async function openRun(): Promise<Run> {
  const run = await client.run('WideFlow/wide')
  Object.assign(asked, { gets: 0, lists: 0 })
  return run
}

test('tasks are listed with status, times and small artifacts by one read for each commit', async () => {
  const run = await openRun()
  let sum = 0
  for await (const task of (await run.step('fit')).tasks()) {
    expect(task.successful && task.finishedAt !== undefined && task.startedAt <= task.finishedAt).toBe(true)
    expect(task.artifact('score').size).toBeLessThan(INLINE_LIMIT)
    sum += await task.get<number>('score')
  }
  const tasks = SLICES * TASKS_OF_A_SLICE
  expect(sum).toBe((tasks * (tasks - 1)) / 2)
  // The commits, and whether something was adopted.
  expect(asked).toEqual({ gets: SLICES + 1, lists: 1 })
})

test('tasks that are asked for one by one cost no more', async () => {
  const step = await (await openRun()).step('fit')
  for (let n = 0; n < SLICES * TASKS_OF_A_SLICE; n += 1) await (await step.task(`${n}`)).get('score')
  // And a commit that holds the first task alone is looked for.
  expect(asked).toEqual({ gets: SLICES + 2, lists: 1 })
})

test('the latest run, and the newest 30 of many, are found without reading the others', async () => {
  const flow = await client.flow('WideFlow')
  Object.assign(asked, { gets: 0, lists: 0 })
  expect((await flow.latestRun())?.id).toBe('wide')
  expect(asked).toEqual({ gets: READS_OF_A_RUN, lists: 1 })

  Object.assign(asked, { gets: 0, lists: 0 })
  const newest: string[] = []
  for await (const run of flow.runs({ limit: 30 })) newest.push(`${run.id} ${run.status}`)
  expect(newest).toEqual(['wide interrupted', ...Array.from({ length: 29 }, (_, n) => `r${RUNS - 1 - n} succeeded`)])
  expect(asked.lists).toBe(1)
  expect(asked.gets).toBeLessThanOrEqual((30 + AHEAD) * READS_OF_A_RUN)
})

import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { TaskRecord } from '@flowctl/core'
import { ArtifactStore, RunStore } from '@flowctl/datastore'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { FaultBench } from './harness.ts'

const FLOW = fileURLToPath(new URL('./flows/fan-out.ts', import.meta.url))
const [ROWS, COLUMNS] = (process.env['FLOWCTL_NESTED'] ?? '300x300').split('x').map(Number) as [number, number]

/** Runs the flow on two workers, and looks at the final outcome of every task and at what the joins saw. */
async function fanOut(rows: number, columns?: number): Promise<void> {
  const bench = await FaultBench.open()
  await bench.queue.coordinator()
  await bench.queue.worker(1)
  await bench.queue.worker(1)
  const given = { rows: String(rows), ...(columns === undefined ? {} : { columns: String(columns) }) }
  const startedAt = Date.now()
  const record = await bench.submitFile(FLOW, given)
  expect(await bench.ended(record)).toMatchObject({ status: 'succeeded' })
  const endedAt = Date.now()
  const steps = new Map<string, Map<string, TaskRecord>>()
  for (const task of await bench.judge(record)) {
    const ofStep = steps.get(task.step) ?? new Map<string, TaskRecord>()
    steps.set(task.step, ofStep.set(task.task, task))
  }
  const artifacts = new ArtifactStore(bench.queue.store, record.flow)
  const judgeJoin = async (join: string, at: string, inputs: string, expected: readonly string[]): Promise<void> => {
    const ref = steps.get(join)?.get(at)?.artifacts['seen']
    const seen = ref === undefined ? undefined : await artifacts.load(ref)
    const committed = expected.map((task) => {
      const { pid, attempt } = steps.get(inputs)?.get(task) ?? {}
      return `${task} ${pid} ${attempt}`
    })
    expect(seen, `${join}/${at}`).toEqual(committed)
  }
  const counts = Object.fromEntries([...steps].map(([step, tasks]) => [step, tasks.size]))
  if (columns === undefined) {
    expect(counts).toEqual({ start: 1, flat: 1, ...(rows === 0 ? {} : { work: rows }), join: 1, end: 1 })
    await judgeJoin('join', '0', 'work', upTo(rows).map(String))
  } else {
    const all = { row: rows, cell: rows * columns, rowJoin: rows }
    expect(counts).toEqual({ start: 1, nested: 1, ...all, nestedJoin: 1, end: 1 })
    await judgeJoin('nestedJoin', '0', 'rowJoin', upTo(rows).map(String))
    for (const row of upTo(rows)) {
      await judgeJoin(
        'rowJoin',
        String(row),
        'cell',
        upTo(columns).map((column) => `${row}.${column}`),
      )
    }
  }
  await bench.leavesNothing(record)
  let commits = 0
  const store = new RunStore(bench.queue.store, record.flow, record.run)
  for (const step of ['work', 'row', 'cell', 'rowJoin']) for await (const _ of store.listCommits(step)) commits += 1
  const size = columns === undefined ? rows : `${rows} x ${columns}`
  console.log(`34: ${size}: ${endedAt - startedAt} ms, ${commits} commits`)
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

describe.skipIf(missingRedis() !== undefined)('faults of fan-out', () => {
  it.each([0, 1, 100_000])('34: a foreach of %i', (rows) => fanOut(rows))

  it(`34: a foreach of ${COLUMNS} in each task of a foreach of ${ROWS}`, () => fanOut(ROWS, COLUMNS))
})

import { describe, expect, it } from 'vitest'
import {
  historyOf,
  joinJob,
  joinOf,
  NOTHING,
  taskSlice,
  type Commit,
  type FlowGraph,
  type SlicePlan,
  type TaskRecord,
} from '@flowctl/core'
import { memoryStore, RunReader, RunStore } from '@flowctl/datastore'
import { SliceInputs } from '../../src/execute/slice-inputs.ts'
import { chainGraph, END, foreach, graphOf, linear, nestedGraph, split } from '../graphs.ts'

const ref = (hash: string) => ({ hash, size: 1, type: 't', preview: hash })
const SEGMENTS = [{ from: 0, items: ref('items') }]

function record(step: string, task: string, taken: TaskRecord['taken'], more: Partial<TaskRecord> = {}): TaskRecord {
  const made = { step, task, attempt: 0, startedAt: 0, endedAt: 0, pid: 1, outcome: 'succeeded' } as const
  return { ...made, artifacts: { of: ref(`${step}/${task}`) }, ...(taken === undefined ? {} : { taken }), ...more }
}
const to = (step: string): TaskRecord['taken'] => ({ kind: 'linear', to: step })
const opens = (step: string, count: number): TaskRecord['taken'] => ({
  kind: 'foreach',
  to: step,
  count,
  segments: SEGMENTS,
})

/** A run in whose datastore these tasks are, each in a commit of its own; or adopted. */
async function inputs(
  graph: FlowGraph,
  tasks: readonly TaskRecord[],
  adopted: readonly TaskRecord[] = [],
): Promise<SliceInputs> {
  const store = new RunStore(memoryStore(), 'F', 'run')
  if (adopted.length > 0) await store.putAdopted(adopted)
  for (const task of tasks) {
    const base = { format: 1, execution: 'x', host: 'h', attempts: [], continuations: [] } as const
    const commit: Commit = { ...base, head: task.step, key: task.task, tasks: [task] }
    await store.putCommit(commit)
  }
  const history = adopted.length === 0 ? NOTHING : historyOf(graph, { adopted })
  return new SliceInputs(graph, new RunReader(store, graph), history)
}

const noBatches = async (): Promise<readonly SlicePlan[]> => []
const joinSlice = (graph: FlowGraph, of: string, path: readonly number[] = []) => joinJob(graph, of, path).slice

describe('what a slice starts from', () => {
  const graph = chainGraph()

  it('is nothing for the start', async () => {
    const slice = taskSlice(graph, 'start', { path: [], turn: 0 }, undefined)
    expect(await (await inputs(graph, [])).inputOf(slice, undefined, noBatches)).toEqual({ type: 'none' })
  })

  it('is what the task before it left, at hand or in the datastore', async () => {
    const slice = taskSlice(graph, 'fan', { path: [], turn: 0 }, { step: 'start', task: '0' })
    const found = await inputs(graph, [record('start', '0', to('fan'), { dropped: { model: 'j' } })])
    expect(await found.inputOf(slice, undefined, noBatches)).toEqual({
      type: 'task',
      artifacts: { of: ref('start/0') },
      dropped: { model: 'j' },
    })
    const atHand = record('start', '0', to('fan'), { artifacts: { other: ref('hand') } })
    expect(await found.inputOf(slice, atHand, noBatches)).toEqual({ type: 'task', artifacts: { other: ref('hand') } })
  })

  it('is an error when it is nowhere', async () => {
    const slice = taskSlice(graph, 'fan', { path: [], turn: 0 }, { step: 'start', task: '0' })
    await expect((await inputs(graph, [])).inputOf(slice, undefined, noBatches)).rejects.toThrow('start/0')
  })
})

describe('a join of branches', () => {
  const graph = graphOf({
    start: { next: split('left', 'right') },
    left: { next: linear('afterLeft') },
    afterLeft: { next: linear('join') },
    right: { next: linear('join') },
    join: { next: linear('end'), join: true },
    end: { next: END },
  })
  const start = record('start', '0', { kind: 'split', to: ['left', 'right'] })
  const left = [record('left', '0', to('afterLeft')), record('afterLeft', '0', to('join'))]

  it('reads the last task of each, in the order of the split, with what joins below dropped', async () => {
    const right = record('right', '0', to('join'), { dropped: { model: 'inner' } })
    const found = await inputs(graph, [right, ...left, start])
    expect(await found.inputOf(joinSlice(graph, 'start'), undefined, noBatches)).toEqual({
      type: 'branches',
      branches: [
        { branch: 'left', step: 'afterLeft', task: '0', artifacts: { of: ref('afterLeft/0') } },
        { branch: 'right', step: 'right', task: '0', artifacts: { of: ref('right/0') }, dropped: { model: 'inner' } },
      ],
    })
  })

  it('finds adopted ones', async () => {
    const found = await inputs(graph, [record('right', '0', to('join'))], [start, ...left])
    const input = await found.inputOf(joinSlice(graph, 'start'), undefined, noBatches)
    expect(input.type === 'branches' && input.branches.map((one) => one.step)).toEqual(['afterLeft', 'right'])
  })

  it('is an error when one is missing', async () => {
    const found = await inputs(graph, [start, ...left])
    await expect(found.inputOf(joinSlice(graph, 'start'), undefined, noBatches)).rejects.toThrow('has not reached join')
  })
})

describe('a join of a foreach', () => {
  const graph = chainGraph()
  const fan = record('fan', '0', opens('a', 10))
  const batches = async (): Promise<readonly SlicePlan[]> => [
    { from: 0, to: 2, size: 1 },
    { from: 2, to: 10, size: 5 },
  ]

  it('finds packed tasks by the slices that were planned', async () => {
    const input = await (await inputs(graph, [fan])).inputOf(joinSlice(graph, 'fan'), undefined, batches)
    const steps = ['c']
    expect(input).toEqual({
      type: 'foreach',
      split: 'fan',
      count: 10,
      segments: SEGMENTS,
      locators: [
        { from: 0, to: 1, steps, slice: { head: 'a', key: '0' } },
        { from: 1, to: 2, steps, slice: { head: 'a', key: '1' } },
        { from: 2, to: 7, steps, slice: { head: 'a', key: '2-6' } },
        { from: 7, to: 10, steps, slice: { head: 'a', key: '7-9' } },
      ],
    })
  })

  it('leaves gaps for indices that were taken over whole, and knows those taken over in part', async () => {
    const whole = [3, 4].flatMap((index) =>
      ['a', 'b', 'c'].map((step, n) => record(step, String(index), to(['b', 'c', 'join'][n] as string))),
    )
    const adopted = [fan, ...whole, record('a', '6', to('b'))]
    const input = await (
      await inputs(graph, [], adopted)
    ).inputOf(joinSlice(graph, 'fan'), undefined, async () => [{ from: 0, to: 10, size: 10 }])
    const places =
      input.type === 'foreach' ? input.locators.map(({ from, to: end, slice }) => [from, end, slice?.key]) : []
    expect(places).toEqual([
      [0, 3, '0-2'],
      [3, 5, undefined],
      [5, 6, '5'],
      [6, 7, '6'],
      [7, 10, '7-9'],
    ])
  })

  it('finds unpacked tasks by their ids, whichever way they went', async () => {
    const apart = graphOf({
      start: { next: foreach('choose') },
      choose: {
        next: {
          kind: 'switch',
          condition: 'c',
          cases: [
            { value: 'x', to: 'one' },
            { value: 'y', to: 'two' },
          ],
        },
      },
      one: { next: linear('join') },
      two: { next: linear('join') },
      join: { next: linear('end'), join: true },
      end: { next: END },
    })
    const found = await inputs(apart, [record('start', '0', opens('choose', 4))])
    const refuse = async (): Promise<never> => Promise.reject(new Error('batches are of no use here'))
    expect(await found.inputOf(joinSlice(apart, 'start'), undefined, refuse)).toEqual({
      type: 'foreach',
      split: 'start',
      count: 4,
      segments: SEGMENTS,
      locators: [{ from: 0, to: 4, steps: ['one', 'two'] }],
    })
  })

  it('of nothing has no places', async () => {
    const found = await inputs(graph, [record('fan', '0', opens('a', 0))])
    expect(await found.inputOf(joinSlice(graph, 'fan'), undefined, noBatches)).toMatchObject({ count: 0, locators: [] })
  })
})

describe('nested foreaches', () => {
  const graph = nestedGraph()
  const tasks = [record('start', '0', opens('inner', 3)), record('inner', '2', opens('work', 7))]

  it('are told from the outermost', async () => {
    const around = await (
      await inputs(graph, tasks)
    ).foreachesAround({
      ...taskSlice(graph, 'work', { path: [2, 5], turn: 0 }, undefined),
    })
    expect(around).toEqual([
      { step: 'start', count: 3, segments: SEGMENTS },
      { step: 'inner', count: 7, segments: SEGMENTS },
    ])
  })

  it('are none outside', async () => {
    const slice = taskSlice(graph, 'end', { path: [], turn: 0 }, undefined)
    expect(await (await inputs(graph, tasks)).foreachesAround(slice)).toEqual([])
  })

  it('join by the path of the split', async () => {
    const slice = joinSlice(graph, 'inner', [2])
    expect(joinOf(graph, slice)?.closes).toEqual({ step: 'inner', task: '2' })
    expect(joinOf(graph, taskSlice(graph, 'work', { path: [2, 5], turn: 0 }, undefined))).toBeUndefined()
    const input = await (
      await inputs(graph, tasks)
    ).inputOf(slice, undefined, async () => [{ from: 0, to: 7, size: 7 }])
    expect(input).toMatchObject({ split: 'inner', count: 7, locators: [{ slice: { head: 'work', key: '2.0-6' } }] })
  })

  it('are an error when they are not open', async () => {
    const slice = taskSlice(graph, 'work', { path: [1, 0], turn: 0 }, undefined)
    await expect((await inputs(graph, tasks)).foreachesAround(slice)).rejects.toThrow('inner/1')
  })
})

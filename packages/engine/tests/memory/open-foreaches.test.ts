import { describe, expect, it } from 'vitest'
import {
  frontier,
  historyOf,
  parentOf,
  type Commit,
  type OpenForeach,
  type Slice,
  type TaskRecord,
} from '@flowctl/core'
import { OpenForeaches } from '../../src/memory/open-foreaches.ts'
import { chainGraph } from '../graphs.ts'

const graph = chainGraph()
const at = { attempt: 0, pid: 1, outcome: 'succeeded', artifacts: {} } as const
const start: TaskRecord = {
  ...at,
  step: 'start',
  task: '0',
  startedAt: 0,
  endedAt: 0,
  taken: { kind: 'linear', to: 'fan' },
}
const fan: TaskRecord = {
  ...at,
  step: 'fan',
  task: '0',
  startedAt: 0,
  endedAt: 0,
  taken: { kind: 'foreach', to: 'a', count: 1000, segments: [] },
}

function opened(): { foreaches: OpenForeaches; open: OpenForeach } {
  const plan = frontier(graph, historyOf(graph, { adopted: [start, fan] }))
  const [open] = plan.foreaches
  if (open === undefined) throw new Error('no foreach is open')
  const foreaches = new OpenForeaches(graph)
  foreaches.open(open, fan)
  return { foreaches, open }
}

const slice = (from: number, to: number): Slice => ({
  head: 'a',
  key: `${from}-${to - 1}`,
  entry: 'a',
  path: [],
  range: { from, to },
  turn: 0,
  attempt: 0,
})

/** A commit of whole bodies, whose three tasks take so many milliseconds each. */
function commit(from: number, to: number, ms: number): Commit {
  const tasks: TaskRecord[] = []
  for (let index = from; index < to; index += 1) {
    for (const step of ['a', 'b', 'c'])
      tasks.push({ ...at, step, task: String(index), startedAt: 100, endedAt: 100 + ms })
  }
  return { format: 1, head: 'a', key: 'k', execution: 'x', host: 'h', tasks, attempts: [], continuations: [] }
}

describe('an open foreach', () => {
  it('inside another begins with what those before it took, once enough was seen', () => {
    const { foreaches, open } = opened()
    foreaches.measure(slice(0, 10), commit(0, 10, 2), open.join.id)
    expect(foreaches.clock.of('fan')).toBeUndefined()
    foreaches.measure(slice(10, 60), commit(10, 60, 2), open.join.id)
    expect(foreaches.clock.of('fan')).toBe(6)
    foreaches.close(open.join)
    foreaches.open(open, fan)
    const again = foreaches.get(open.join.id)
    expect(again?.bodies).toBe(0)
    expect(again && foreaches.nextBatch(again, 2)?.size).toBeGreaterThan(1)
  })

  it('is found by its join until it is closed', () => {
    const { foreaches, open } = opened()
    expect(open.join.id).toBe(parentOf(graph, 'a', [0]))
    expect(foreaches.get(open.join.id)?.record).toBe(fan)
    foreaches.close(open.join)
    expect(foreaches.get(open.join.id)).toBeUndefined()
  })

  it('has batches sized by the time of whole bodies', () => {
    const { foreaches, open } = opened()
    const state = foreaches.get(open.join.id)
    if (state === undefined) throw new Error('closed')
    expect(foreaches.nextBatch(state, 2)).toEqual({ from: 0, to: 2, size: 1 })
    open.cursor.extend({ from: 0, to: 2, size: 1 })
    expect(foreaches.nextBatch(state, 2)).toEqual({ from: 2, to: 4, size: 1 })
    open.cursor.extend({ from: 2, to: 100, size: 1 })
    foreaches.measure(slice(0, 2), commit(0, 2, 50), open.join.id)
    // A body takes 150 ms, so six fill a second.
    expect(state.busyMs / state.bodies).toBeCloseTo(150)
    expect(foreaches.nextBatch(state, 2)).toEqual({ from: 100, to: 400, size: 6 })
  })

  it('is not measured by what is not its own, nor by its join', () => {
    const { foreaches, open } = opened()
    foreaches.measure(slice(0, 2), commit(0, 2, 50), 'join-other-0')
    const { range, ...single } = slice(0, 1)
    expect(range).toBeDefined()
    foreaches.measure(single, commit(0, 1, 50), open.join.id)
    expect(foreaches.get(open.join.id)).toMatchObject({ busyMs: 0, bodies: 0 })
  })
})

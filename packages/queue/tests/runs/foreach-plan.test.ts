import { describe, expect, it } from 'vitest'
import { bodyTimes, foreachAround, taskSlice, type Commit, type TaskRecord } from '@flowctl/core'
import { capacityOf } from '../../src/runs/foreach-capacity.ts'
import { batchAfter } from '@flowctl/engine'
import { END, foreach, graphOf, linear } from '../../../engine/tests/graphs.ts'

/** start -> foreach (first -> second) -> join -> end */
const graph = graphOf({
  start: { next: foreach('first') },
  first: { next: linear('second') },
  second: { next: linear('join') },
  join: { next: linear('end'), join: true },
  end: { next: END },
})

const body = taskSlice(graph, 'first', { path: [3], turn: 0 }, { step: 'start', task: '0' })
const commitOf = (times: readonly (readonly [number, number])[]): Commit =>
  ({ tasks: times.map(([startedAt, endedAt]) => ({ startedAt, endedAt }) as TaskRecord) }) as unknown as Commit

describe('bodyTimes', () => {
  it('counts the bodies of a packed chain and adds up their tasks', () => {
    const commit = commitOf([
      [0, 10],
      [10, 14],
      [14, 20],
      [20, 30],
    ])
    expect(bodyTimes(graph, body, commit)).toEqual({ busyMs: 30, bodies: 2 })
  })

  it('measures nothing else', () => {
    const start = taskSlice(graph, 'start', { path: [], turn: 0 }, undefined)
    expect(bodyTimes(graph, start, commitOf([[0, 10]]))).toEqual({ busyMs: 0, bodies: 0 })
  })
})

describe('foreachAround', () => {
  it('is the join of the foreach right around a slice', () => {
    expect(foreachAround(graph, body)?.slice).toMatchObject({ entry: 'join', path: [] })
    expect(foreachAround(graph, taskSlice(graph, 'join', { path: [], turn: 0 }, undefined))).toBeUndefined()
  })
})

describe('roomOf', () => {
  const run = (maxWorkers: number): Parameters<typeof capacityOf>[0] =>
    ({
      graph,
      placement: { shard: 0, priority: 1, pools: { first: 'big' } },
      record: { options: { maxWorkers } },
    }) as never

  it.each([
    [0, 8, 8],
    [3, 8, 3],
    [30, 8, 8],
    [0, 0, 1],
  ])('a limit of %i and %i slots give a width of %i', (limit, slots, width) => {
    expect(capacityOf(run(limit), 'start', (pool) => (pool === 'big' ? slots : 99))).toMatchObject({
      pool: 'big',
      width,
    })
  })
})

describe('batchAfter', () => {
  it('begins with one index a slot and goes on by what was measured', () => {
    expect(batchAfter(graph, 'start', { count: 1000, batches: [], width: 4 })).toEqual({ from: 0, to: 4, size: 1 })
    const next = batchAfter(graph, 'start', {
      count: 1000,
      batches: [{ from: 0, to: 4, size: 1 }],
      width: 1,
      measured: { busyMs: 4, bodies: 4 },
    })
    expect(next).toEqual({ from: 4, to: 16, size: 12 })
    expect(batchAfter(graph, 'start', { count: 4, batches: [{ from: 0, to: 4, size: 1 }], width: 4 })).toBeUndefined()
  })
})

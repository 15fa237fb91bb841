import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bodiesAtOnce,
  bodyTimes,
  nextBatch,
  tasksAtOnce,
  type Commit,
  type FlowGraph,
  type Slice,
  type SlicePlan,
  type StepDecorators,
} from '@flowctl/core'

const step = (name: string, transition: object, decorators: StepDecorators = {}, join = false): object => ({
  name,
  join,
  decorators,
  transition,
})
const concurrent = (tasks: number): StepDecorators => ({ concurrent: { tasks } })

/** start -> foreach (fetch -> parse) -> join -> end */
const graphWith = (fetch: StepDecorators, parse: StepDecorators = {}, isolate = false): FlowGraph =>
  ({
    flow: 'F',
    start: 'start',
    end: 'end',
    isolate,
    steps: {
      start: step('start', { kind: 'foreach', to: 'fetch', over: 'items' }),
      fetch: step('fetch', { kind: 'linear', to: 'parse' }, fetch),
      parse: step('parse', { kind: 'linear', to: 'join' }, parse),
      join: step('join', { kind: 'linear', to: 'end' }, {}, true),
      end: step('end', { kind: 'end' }),
    },
  }) as unknown as FlowGraph

describe('bodiesAtOnce', () => {
  it('is what the step allows that allows most', () => {
    expect(bodiesAtOnce(graphWith(concurrent(50)), 'fetch')).toBe(50)
    expect(bodiesAtOnce(graphWith(concurrent(50), concurrent(80)), 'fetch')).toBe(80)
    expect(bodiesAtOnce(graphWith({}), 'parse')).toBe(1)
    expect(tasksAtOnce(graphWith(concurrent(50)).steps['parse'])).toBe(1)
  })

  it('is one where bodies are not packed', () => {
    expect(bodiesAtOnce(graphWith(concurrent(50), {}, true), 'fetch')).toBe(1)
    expect(bodiesAtOnce(graphWith(concurrent(50)), 'start')).toBe(1)
  })
})

describe('bodyTimes', () => {
  const slice: Slice = {
    head: 'fetch',
    key: '0-1',
    entry: 'fetch',
    path: [],
    range: { from: 0, to: 2 },
    turn: 0,
    attempt: 0,
  }
  const commit = {
    tasks: [
      [5, 100],
      [100, 110],
      [10, 105],
      [105, 115],
    ].map(([startedAt, endedAt]) => ({ startedAt, endedAt })),
  }

  it('adds up bodies that ran one after the other, and spans those that ran at once', () => {
    expect(bodyTimes(graphWith({}), slice, commit as unknown as Commit)).toEqual({ busyMs: 210, bodies: 2 })
    expect(bodyTimes(graphWith(concurrent(9)), slice, commit as unknown as Commit)).toEqual({ busyMs: 110, bodies: 2 })
  })

  it('is nothing of a slice in which nothing ended', () => {
    expect(bodyTimes(graphWith({}), slice, { tasks: [] } as unknown as Commit)).toEqual({ busyMs: 0, bodies: 0 })
  })
})

describe('nextBatch of bodies that a slot carries at once', () => {
  it('begins with as many as all slots carry, and shares fewer out', () => {
    expect(nextBatch({ count: 10_000, batches: [], slots: 2, atOnce: 50 })).toEqual({ from: 0, to: 100, size: 50 })
    expect(nextBatch({ count: 30, batches: [], slots: 4, atOnce: 50 })).toEqual({ from: 0, to: 30, size: 8 })
    expect(nextBatch({ count: 30, batches: [], slots: 4, atOnce: 50, maxSlice: 1 })).toEqual({
      from: 0,
      to: 30,
      size: 1,
    })
  })

  it('goes on by the time a body takes of its slot: 50 at once of 100 ms each are 2 ms', () => {
    const batches = [{ from: 0, to: 2000, size: 50 }]
    const batch = nextBatch({ count: 100_000, batches, slots: 2, atOnce: 50, bodyMs: 2 })
    expect(batch).toEqual({ from: 2000, to: 8000, size: 500 })
  })

  it('covers everything once, in slices that fill a slot or share the batch out', () => {
    const inputs = fc.record({
      count: fc.integer({ min: 1, max: 5000 }),
      slots: fc.integer({ min: 1, max: 9 }),
      atOnce: fc.integer({ min: 1, max: 1000 }),
      bodyMs: fc.double({ min: 0, max: 5000, noNaN: true }),
    })
    fc.assert(
      fc.property(inputs, ({ count, slots, atOnce, bodyMs }) => {
        const batches: SlicePlan[] = []
        for (;;) {
          const batch = nextBatch({ count, batches, slots, atOnce, ...(batches.length === 0 ? {} : { bodyMs }) })
          if (batch === undefined) break
          expect(batch.from).toBe(batches.at(-1)?.to ?? 0)
          expect(batch.to).toBeGreaterThan(batch.from)
          expect(batch.size).toBeGreaterThanOrEqual(Math.min(atOnce, Math.ceil((batch.to - batch.from) / slots)))
          expect(batch.size).toBeLessThanOrEqual(2000)
          batches.push(batch)
        }
        expect(batches.at(-1)?.to).toBe(count)
      }),
      { numRuns: 300 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextBatch, rangesOf, SLICE_TARGET_MS, type SlicePlan } from '@flowctl/core'

interface Foreach {
  readonly count: number
  readonly slots: number
  readonly bodyMs: number
}

const foreaches = fc.record({
  count: fc.integer({ min: 1, max: 20_000 }),
  slots: fc.integer({ min: 1, max: 100 }),
  bodyMs: fc.double({ min: 0, max: 5000, noNaN: true }),
})

/** All batches of a foreach whose bodies all take as long. */
function batchesOf({ count, slots, bodyMs }: Foreach): SlicePlan[] {
  const batches: SlicePlan[] = []
  for (;;) {
    const batch = nextBatch({ count, batches, slots, ...(batches.length === 0 ? {} : { bodyMs }) })
    if (batch === undefined) return batches
    batches.push(batch)
  }
}

/** When the last slot ends, in milliseconds, if every slot takes the next slice as soon as it is free. */
function makespan(given: Foreach): number {
  const free = Array.from({ length: given.slots }, () => 0)
  for (const batch of batchesOf(given)) {
    for (const { from, to } of rangesOf(batch)) {
      const first = free.indexOf(Math.min(...free))
      free[first] = (free[first] as number) + (to - from) * given.bodyMs
    }
  }
  return Math.max(...free)
}

describe('nextBatch', () => {
  it('covers every index once', () => {
    fc.assert(
      fc.property(foreaches, (given) => {
        const batches = batchesOf(given)
        expect(batches.map(({ from }) => from)).toEqual([0, ...batches.slice(0, -1).map(({ to }) => to)])
        expect(batches.at(-1)?.to).toBe(given.count)
        expect(batches.every(({ from, to, size }) => from < to && size >= 1)).toBe(true)
      }),
    )
  })

  it('makes slices that take the target time at most, but for a task that takes longer', () => {
    fc.assert(
      fc.property(foreaches, (given) => {
        const longest = Math.max(...batchesOf(given).map(({ size }) => size)) * given.bodyMs
        expect(longest).toBeLessThanOrEqual(Math.max(SLICE_TARGET_MS, given.bodyMs))
      }),
    )
  })

  it('needs few batches, however wide the foreach', () => {
    expect(batchesOf({ count: 1_000_000, slots: 2, bodyMs: 0.2 }).length).toBeLessThan(30)
    expect(batchesOf({ count: 100_000, slots: 64, bodyMs: 1000 }).length).toBeLessThan(30)
  })

  it('plans little of what it has measured little of: bodies that took no time to the clock', () => {
    const batches = [{ from: 0, to: 16, size: 1 }]
    expect(nextBatch({ count: 20_000, batches, slots: 16, bodyMs: 0 })).toEqual({ from: 16, to: 64, size: 3 })
  })

  it('begins with large slices when bodies like these are known', () => {
    expect(nextBatch({ count: 300, batches: [], slots: 4, bodyMs: 0.1 })).toEqual({ from: 0, to: 300, size: 75 })
    expect(nextBatch({ count: 300, batches: [], slots: 4, bodyMs: 500 })).toEqual({ from: 0, to: 150, size: 2 })
    expect(nextBatch({ count: 300, batches: [], slots: 4, bodyMs: 0.1, maxSlice: 1 })).toEqual({
      from: 0,
      to: 300,
      size: 1,
    })
  })

  it('leaves all slots busy to the end: none waits longer for the last than two tasks, or a tenth of the target', () => {
    fc.assert(
      fc.property(foreaches, (given) => {
        const { count, slots, bodyMs } = given
        const ideal = (count * bodyMs) / slots
        expect(makespan(given)).toBeLessThanOrEqual(ideal + Math.max(2 * bodyMs, SLICE_TARGET_MS / 10) + 0.001)
      }),
      { numRuns: 50 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frontier, historyOf, type FlowGraph, type TaskRecord } from '@flowctl/core'
import { arbitraryGraph, singleStepGraph } from '../graph/generated-graphs.ts'
import { Chances, ModelRun, outOfOrder } from './model-run.ts'

/** More steps than any generated run has: a run that goes on longer goes on for ever. */
const LIMIT = 20_000

const arbitraryCase = fc.record({
  graph: fc.oneof(
    { weight: 20, arbitrary: arbitraryGraph() },
    { weight: 1, arbitrary: fc.constant(singleStepGraph()) },
  ),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  slots: fc.integer({ min: 1, max: 4 }),
})

function toTheEnd(run: ModelRun): void {
  let steps = 0
  while (run.step()) {
    steps += 1
    if (steps > LIMIT) throw new Error('the run does not end')
  }
}

function complete(graph: FlowGraph, seed: number, slots: number): ModelRun {
  const run = new ModelRun(graph, new Chances(seed), slots)
  run.start(frontier(graph))
  toTheEnd(run)
  return run
}

const names = (records: Iterable<TaskRecord>): string[] => [...records].map((one) => `${one.step}/${one.task}`).sort()

describe('a run of any valid graph', () => {
  it('executes every task exactly once, in an allowed order, to the end', () => {
    fc.assert(
      fc.property(arbitraryCase, ({ graph, seed, slots }) => {
        const run = complete(graph, seed, slots)
        expect(run.finished).toBe(true)
        expect(outOfOrder(graph, run.order)).toBeUndefined()
        expect(names(run.order)).toContain(`${graph.end}/0`)
        expect(run.outstanding()).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('does the same tasks whatever the number of slots', () => {
    fc.assert(
      fc.property(arbitraryCase, ({ graph, seed }) => {
        const [one, many] = [complete(graph, seed, 1), complete(graph, seed, 16)]
        expect(names(one.order)).toEqual(names(many.order))
      }),
      { numRuns: 100 },
    )
  })
})

describe('recovery: the frontier of the commits that stand', () => {
  const stopped = fc.record({ case: arbitraryCase, steps: fc.integer({ min: 0, max: 60 }) })

  it('finishes the run, executing exactly what has no commit', () => {
    fc.assert(
      fc.property(stopped, ({ case: { graph, seed, slots }, steps }) => {
        const first = new ModelRun(graph, new Chances(seed), slots)
        first.start(frontier(graph))
        for (let n = 0; n < steps && first.step(); n += 1);
        const history = first.known()
        const second = new ModelRun(graph, new Chances(seed), slots)
        second.start(frontier(graph, history))
        toTheEnd(second)
        expect(second.finished).toBe(true)
        expect(outOfOrder(graph, [...first.order, ...second.order])).toBeUndefined()
        expect(names([...first.order, ...second.order])).toEqual(names(complete(graph, seed, slots).order))
      }),
      { numRuns: 300 },
    )
  })

  it('wants no job of a run that has ended', () => {
    fc.assert(
      fc.property(arbitraryCase, ({ graph, seed, slots }) => {
        expect(frontier(graph, complete(graph, seed, slots).known())).toMatchObject({ jobs: [], foreaches: [] })
      }),
      { numRuns: 100 },
    )
  })

  it('wants only jobs that the running queue has, or that would be handed out later', () => {
    fc.assert(
      fc.property(stopped, ({ case: { graph, seed }, steps }) => {
        const first = new ModelRun(graph, new Chances(seed), Number.MAX_SAFE_INTEGER)
        first.start(frontier(graph))
        for (let n = 0; n < steps && first.step(); n += 1);
        const again = new ModelRun(graph, new Chances(seed), Number.MAX_SAFE_INTEGER)
        again.start(frontier(graph, first.known()))
        expect(again.outstanding()).toEqual(first.outstanding())
      }),
      { numRuns: 200 },
    )
  })
})

describe('resume: the frontier of adopted tasks', () => {
  const stopped = fc.record({
    case: arbitraryCase,
    steps: fc.integer({ min: 0, max: 60 }),
    otherSlots: fc.integer({ min: 1, max: 4 }),
  })

  it('executes exactly what was not taken over, in batches of its own', () => {
    fc.assert(
      fc.property(stopped, ({ case: { graph, seed, slots }, steps, otherSlots }) => {
        const origin = new ModelRun(graph, new Chances(seed), slots)
        origin.start(frontier(graph))
        for (let n = 0; n < steps && origin.step(); n += 1);
        const adopted = [...origin.order]
        const history = historyOf(graph, { adopted })
        const resumed = new ModelRun(graph, new Chances(seed), otherSlots)
        resumed.start(frontier(graph, history))
        toTheEnd(resumed)
        expect(resumed.finished).toBe(true)
        expect(outOfOrder(graph, [...adopted, ...resumed.order])).toBeUndefined()
        expect(names([...adopted, ...resumed.order])).toEqual(names(complete(graph, seed, slots).order))
      }),
      { numRuns: 300 },
    )
  })

  it('can itself be recovered', () => {
    fc.assert(
      fc.property(stopped, fc.integer({ min: 0, max: 30 }), ({ case: { graph, seed, slots }, steps }, more) => {
        const origin = new ModelRun(graph, new Chances(seed), slots)
        origin.start(frontier(graph))
        for (let n = 0; n < steps && origin.step(); n += 1);
        const adopted = [...origin.order]
        const history = historyOf(graph, { adopted })
        const resumed = new ModelRun(graph, new Chances(seed), slots)
        resumed.start(frontier(graph, history))
        for (let n = 0; n < more && resumed.step(); n += 1);
        const known = resumed.known(adopted)
        const recovered = new ModelRun(graph, new Chances(seed), slots)
        recovered.start(frontier(graph, known))
        toTheEnd(recovered)
        const all = [...adopted, ...resumed.order, ...recovered.order]
        expect(outOfOrder(graph, all)).toBeUndefined()
        expect(names(all)).toEqual(names(complete(graph, seed, slots).order))
      }),
      { numRuns: 200 },
    )
  })
})

describe('a task that fails for good', () => {
  it('is followed by nothing', () => {
    const graph = singleStepGraph()
    const failed: TaskRecord = {
      step: 'only',
      task: '0',
      attempt: 0,
      startedAt: 0,
      endedAt: 0,
      pid: 1,
      outcome: 'failed',
      artifacts: {},
    }
    expect(frontier(graph, historyOf(graph, { adopted: [failed] }))).toMatchObject({ jobs: [], foreaches: [] })
  })
})

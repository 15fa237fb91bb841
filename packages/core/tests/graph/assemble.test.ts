import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isFlowProblems } from '../../src/errors/problems.ts'
import { assembleGraph } from '../../src/graph/assembly/assemble.ts'
import type { FlowGraph, StepNode, Transition } from '../../src/graph/model.ts'
import { arbitraryGraph, singleStepGraph } from './generated-graphs.ts'
import { descriptionOf, sourceOf } from './source-of-graph.ts'

const assembled = (graph: FlowGraph): FlowGraph => assembleGraph(sourceOf(graph), descriptionOf(graph))

const codesOf = (graph: FlowGraph): readonly string[] => problemsOf(() => assembled(graph))

function problemsOf(assemble: () => unknown): readonly string[] {
  try {
    assemble()
    return []
  } catch (error) {
    if (isFlowProblems(error)) return error.problems.map((problem) => problem.code)
    throw error
  }
}

describe('assembleGraph', () => {
  it('finds nothing wrong with any valid graph, and gives it back', () => {
    fc.assert(
      fc.property(arbitraryGraph({ pools: [undefined, 'gpu'] }), (graph) => {
        expect(assembled(graph)).toEqual(graph)
      }),
      { numRuns: 300 },
    )
  })

  it('takes a flow of a single step', () => {
    expect(assembled(singleStepGraph())).toEqual(singleStepGraph())
  })

  it('finds a step that is not there at run time, and one that only is there then', () => {
    const graph = singleStepGraph()
    const described = descriptionOf(graph)
    const renamed = { ...described, steps: described.steps.map((step) => ({ ...step, name: 'other' })) }
    const codes = problemsOf(() => assembleGraph(sourceOf(graph), renamed))
    expect([...codes].sort()).toEqual(['STEP_NOT_DEFINED', 'STEP_UNREADABLE'])
  })

  it('finds any transition that was cut', () => {
    const property = fc.property(arbitraryGraph(), fc.nat(), (graph, pick) => {
      const steps = Object.values(graph.steps).filter((step) => step.transition.kind !== 'end')
      const cut = steps[pick % steps.length] as StepNode
      expect(codesOf(changed(graph, cut, { kind: 'end' }))).toContain('NEXT_MISSING')
    })
    fc.assert(property, { numRuns: 100 })
  })

  it('finds a way to the end out of any open split', () => {
    const property = fc.property(arbitraryGraph(), fc.nat(), (graph, pick) => {
      const joins = new Set(
        Object.values(graph.steps)
          .filter((step) => step.join)
          .map((step) => step.name),
      )
      const lasts = Object.values(graph.steps).filter(
        (step) => step.transition.kind === 'linear' && joins.has(step.transition.to),
      )
      fc.pre(lasts.length > 0)
      const last = lasts[pick % lasts.length] as StepNode
      expect(codesOf(changed(graph, last, { kind: 'linear', to: 'end' }))).toContain('SPLIT_NOT_JOINED')
    })
    fc.assert(property, { numRuns: 100 })
  })

  it('never fails on a graph with random edges, however wrong', () => {
    const target = fc.constantFrom('start', 'a', 'b', 'c', 'd', 'end', 'nowhere')
    const transition: fc.Arbitrary<Transition> = fc.oneof(
      target.map((to): Transition => ({ kind: 'linear', to })),
      fc.array(target, { minLength: 2, maxLength: 3 }).map((to): Transition => ({ kind: 'split', to })),
      target.map((to): Transition => ({ kind: 'foreach', to, over: 'items' })),
      fc.tuple(target, target).map(([x, y]): Transition => ({
        kind: 'switch',
        condition: 'choice',
        cases: [
          { value: 'x', to: x },
          { value: 'y', to: y },
        ],
      })),
      fc.constant<Transition>({ kind: 'end' }),
    )
    const steps = fc.tuple(
      ...['start', 'a', 'b', 'c', 'd', 'end'].map((name) =>
        fc.record({ name: fc.constant(name), transition, join: fc.boolean() }),
      ),
    )
    const property = fc.property(steps, (drawn) => {
      const template = singleStepGraph()
      const only = template.steps['only'] as StepNode
      const nodes = drawn.map((step): [string, StepNode] => [step.name, { ...only, ...step }])
      const graph: FlowGraph = { ...template, start: 'start', end: 'end', steps: Object.fromEntries(nodes) }
      const codes = codesOf(graph)
      // What passes is a graph in which every split is joined: the walk below ends with nothing open.
      if (codes.length === 0) expect(opensAndCloses(graph, 'start', 0)).toBe(true)
    })
    fc.assert(property, { numRuns: 2_000 })
  })
})

describe('decorators of --with', () => {
  const retry = { times: 3, minutesBetweenRetries: 0, backoff: 1 }
  const graph = changed(singleStepGraph(), singleStepGraph().steps['only'] as StepNode, { kind: 'end' })

  it('go to every step that has none of their kind', () => {
    const described = descriptionOf(graph)
    const added = assembleGraph(sourceOf(graph), described, [{ retry }, { timeout: { seconds: 5 } }])
    expect(added.steps['only']?.decorators).toEqual({ retry, timeout: { seconds: 5 } })
  })

  it('leave a step alone that has its own, times 0 included', () => {
    const own = { retry: { ...retry, times: 0 } }
    const described = {
      ...descriptionOf(graph),
      steps: descriptionOf(graph).steps.map((step) => ({ ...step, decorators: own })),
    }
    expect(assembleGraph(sourceOf(graph), described, [{ retry }]).steps['only']?.decorators).toEqual(own)
  })

  it('add catchError only where it can be', () => {
    const property = fc.property(arbitraryGraph(), (any) => {
      const added = assembleGraph(sourceOf(any), descriptionOf(any), [{ catchError: { var: 'failure' } }])
      for (const step of Object.values(added.steps)) {
        const branches = step.transition.kind === 'foreach' || step.transition.kind === 'switch'
        expect(step.decorators.catchError !== undefined).toBe(!branches)
      }
    })
    fc.assert(property, { numRuns: 30 })
  })
})

function changed(graph: FlowGraph, step: StepNode, transition: Transition): FlowGraph {
  return { ...graph, steps: { ...graph.steps, [step.name]: { ...step, transition } } }
}

/** Whether every way from a step ends at the end with as many joins as splits. */
function opensAndCloses(graph: FlowGraph, name: string, open: number): boolean {
  const step = graph.steps[name] as StepNode
  const depth = step.join ? open - 1 : open
  if (depth < 0) return false
  switch (step.transition.kind) {
    case 'end':
      return depth === 0
    case 'linear':
      return opensAndCloses(graph, step.transition.to, depth)
    case 'foreach':
      return opensAndCloses(graph, step.transition.to, depth + 1)
    case 'split':
      return step.transition.to.every((to) => opensAndCloses(graph, to, depth + 1))
    case 'switch':
      return step.transition.cases.every(({ to }) => to === name || opensAndCloses(graph, to, depth))
  }
}

describe('@concurrent', () => {
  const node = (name: string, transition: Transition, more: Partial<StepNode> = {}): [string, StepNode] => [
    name,
    { ...(singleStepGraph().steps['only'] as StepNode), name, transition, ...more },
  ]
  const chain = (decorated: string, inner: Partial<StepNode> = {}, tasks = 50): FlowGraph => {
    const steps = Object.fromEntries([
      node('start', { kind: 'foreach', to: 'a', over: 'items' }),
      node('a', { kind: 'linear', to: 'b' }),
      node('b', { kind: 'linear', to: 'join' }, inner),
      node('join', { kind: 'linear', to: 'end' }, { join: true }),
      node('end', { kind: 'end' }),
    ])
    const at = steps[decorated] as StepNode
    steps[decorated] = { ...at, decorators: { ...at.decorators, concurrent: { tasks } } }
    return { ...singleStepGraph(), start: 'start', end: 'end', steps }
  }

  it('stands in the chain of a foreach', () => {
    expect(codesOf(chain('a'))).toEqual([])
    expect(codesOf(chain('b'))).toEqual([])
  })

  it('is refused outside of one, and where the body is no chain of one pool', () => {
    for (const name of ['start', 'join', 'end']) expect(codesOf(chain(name))).toEqual(['CONCURRENT_WITHOUT_EFFECT'])
    expect(codesOf(chain('a', { decorators: { resources: { pool: 'gpu' } } }))).toEqual(['CONCURRENT_WITHOUT_EFFECT'])
  })

  it('of one task is fine everywhere, and so is what --with adds', () => {
    expect(codesOf(chain('start', {}, 1))).toEqual([])
    const graph = singleStepGraph()
    const added = assembleGraph(sourceOf(graph), descriptionOf(graph), [{ concurrent: { tasks: 50 } }])
    expect(added.steps['only']?.decorators).toEqual({ concurrent: { tasks: 50 } })
  })
})

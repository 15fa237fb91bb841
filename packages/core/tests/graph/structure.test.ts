import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { targets, type FlowGraph, type StepNode, type Transition } from '../../src/graph/model.ts'
import { structureOf } from '../../src/graph/structure.ts'
import { arbitraryGraph, singleStepGraph } from './generated-graphs.ts'

/** A graph from `name: transition`, joins marked by `*` after the name, pools by `@pool`. */
function graphOf(steps: Record<string, Transition>): FlowGraph {
  const at = { file: '/flow.ts', line: 1, column: 1 }
  const nodes = Object.entries(steps).map(([key, transition]): StepNode => {
    const [, name, join, pool] = /^(\w+)(\*?)(?:@(\w+))?$/.exec(key) as unknown as [string, string, string, string?]
    const decorators = pool === undefined ? {} : { resources: { pool } }
    return { name, doc: '', at, join: join === '*', transition, decorators, reads: [] }
  })
  const table = Object.fromEntries(nodes.map((node) => [node.name, node]))
  return { flow: 'F', doc: '', at, start: 'start', end: 'end', steps: table }
}

const linear = (to: string): Transition => ({ kind: 'linear', to })
const foreach = (to: string): Transition => ({ kind: 'foreach', to, over: 'items' })
const split = (...to: string[]): Transition => ({ kind: 'split', to })
const end: Transition = { kind: 'end' }

describe('structureOf', () => {
  it('tells what encloses each step of a foreach within a branch', () => {
    const structure = structureOf(
      graphOf({
        start: split('fan', 'other'),
        fan: foreach('fit'),
        fit: linear('score'),
        score: linear('best'),
        'best*': linear('choose'),
        other: linear('choose'),
        'choose*': linear('end'),
        end,
      }),
    )
    expect(structure.enclosing).toEqual({
      start: [],
      fan: ['start'],
      other: ['start'],
      fit: ['start', 'fan'],
      score: ['start', 'fan'],
      best: ['start'],
      choose: [],
      end: [],
    })
    expect(structure.joinOf).toEqual({ start: 'choose', fan: 'best' })
    expect(structure.splitOf).toEqual({ choose: 'start', best: 'fan' })
    expect(structure.foreachDepth).toMatchObject({ start: 0, fan: 0, fit: 1, score: 1, best: 0 })
    expect(structure.chainOf).toEqual({ fan: ['fit', 'score'] })
    expect(structure.headOf).toMatchObject({ fit: 'fit', score: 'fit', best: 'best', other: 'other' })
    expect(structure.order).toEqual(['start', 'fan', 'fit', 'score', 'best', 'other', 'choose', 'end'])
  })

  it('packs the inner of two foreaches only', () => {
    const structure = structureOf(
      graphOf({
        start: foreach('row'),
        row: foreach('cell'),
        cell: linear('joinRow'),
        'joinRow*': linear('joinAll'),
        'joinAll*': linear('end'),
        end,
      }),
    )
    expect(structure.foreaches).toMatchObject({
      row: ['start'],
      cell: ['start', 'row'],
      joinRow: ['start'],
      joinAll: [],
    })
    expect(structure.chainOf).toEqual({ row: ['cell'] })
    expect(structure.headOf['row']).toBe('row')
  })

  it.each<[string, Record<string, Transition>]>([
    ['a second pool', { start: foreach('a'), a: linear('b'), 'b@gpu': linear('j'), 'j*': linear('end'), end }],
    [
      'a split',
      {
        start: foreach('a'),
        a: split('b', 'c'),
        b: linear('i'),
        c: linear('i'),
        'i*': linear('j'),
        'j*': linear('end'),
        end,
      },
    ],
    [
      'a loop',
      {
        start: foreach('a'),
        a: {
          kind: 'switch',
          condition: 'x',
          cases: [
            { value: '1', to: 'a' },
            { value: '2', to: 'b' },
          ],
        },
        b: linear('j'),
        'j*': linear('end'),
        end,
      },
    ],
  ])('does not pack a body with %s', (_, steps) => {
    expect(structureOf(graphOf(steps)).chainOf).toEqual({})
  })

  it('packs a body that is all in one other pool', () => {
    const steps = { start: foreach('a'), 'a@gpu': linear('b'), 'b@gpu': linear('j'), 'j*': linear('end'), end }
    expect(structureOf(graphOf(steps)).chainOf).toEqual({ start: ['a', 'b'] })
  })

  it('is computed once for each graph', () => {
    const graph = singleStepGraph()
    expect(structureOf(graph)).toBe(structureOf(graph))
    expect(structureOf(graph)).toMatchObject({ order: ['only'], enclosing: { only: [] }, foreachDepth: { only: 0 } })
  })

  it('knows steps named like members of every object', () => {
    const structure = structureOf(graphOf({ start: linear('valueOf'), valueOf: linear('end'), end }))
    expect(structure.joinOf['toString']).toBeUndefined()
    expect(structure.enclosing['valueOf']).toEqual([])
  })

  it('holds for every way through a generated graph', () => {
    const property = fc.property(arbitraryGraph({ pools: [undefined, 'gpu'] }), (graph) => {
      const structure = structureOf(graph)
      const position = new Map(structure.order.map((name, index) => [name, index]))
      expect([...structure.order].sort()).toEqual(Object.keys(graph.steps).sort())
      for (const step of Object.values(graph.steps)) {
        for (const to of targets(step.transition)) {
          if (to !== step.name) expect(position.get(to)).toBeGreaterThan(position.get(step.name) as number)
        }
      }
      walk(graph, graph.start, [], new Set())
      for (const name of Object.keys(graph.steps)) checkPacking(graph, name)
    })
    fc.assert(property, { numRuns: 200 })
  })
})

/** Follows every edge with a stack of its own and compares. */
function walk(graph: FlowGraph, name: string, stack: readonly string[], seen: Set<string>): void {
  const structure = structureOf(graph)
  const step = graph.steps[name] as StepNode
  expect(structure.enclosing[name]).toEqual(stack)
  const foreaches = stack.filter((split) => graph.steps[split]?.transition.kind === 'foreach')
  expect(structure.foreaches[name]).toEqual(foreaches)
  expect(structure.foreachDepth[name]).toBe(foreaches.length)
  if (seen.has(name)) return
  seen.add(name)
  const below = step.transition.kind === 'split' || step.transition.kind === 'foreach' ? [...stack, name] : stack
  for (const to of targets(step.transition)) {
    if (to === name) continue
    if (graph.steps[to]?.join === true) {
      const closed = below.at(-1) as string
      expect(structure.joinOf[closed]).toBe(to)
      expect(structure.splitOf[to]).toBe(closed)
      walk(graph, to, below.slice(0, -1), seen)
    } else walk(graph, to, below, seen)
  }
}

function checkPacking(graph: FlowGraph, name: string): void {
  const { chainOf, headOf, enclosing, joinOf } = structureOf(graph)
  if (graph.steps[name]?.transition.kind !== 'foreach') {
    expect(chainOf[name]).toBeUndefined()
    return
  }
  const body = Object.keys(graph.steps).filter((other) => enclosing[other]?.includes(name))
  const plain = body.every((other) => graph.steps[other]?.transition.kind === 'linear')
  const pools = new Set(body.map((other) => graph.steps[other]?.decorators.resources?.pool))
  if (plain && pools.size === 1) {
    const chain = chainOf[name] as readonly string[]
    expect([...chain].sort()).toEqual(body.sort())
    expect(graph.steps[chain.at(-1) as string]?.transition).toEqual({ kind: 'linear', to: joinOf[name] })
    for (const member of chain) expect(headOf[member]).toBe(chain[0])
  } else {
    expect(chainOf[name]).toBeUndefined()
  }
}

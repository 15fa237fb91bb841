import fc from 'fast-check'
import { expect, it } from 'vitest'

import { targets, type FlowGraph, type StepNode, type Transition } from '../../src/graph/model.ts'
import { renderGraph } from '../../src/graph/render/render-graph.ts'
import { arbitraryGraph } from './generated-graphs.ts'

const at = { file: '/flow.ts', line: 1, column: 1 }

function node(name: string, transition: Transition, join = false, doc = ''): StepNode {
  return { name, doc, at, join, transition, decorators: {}, reads: [] }
}

const graph: FlowGraph = {
  flow: 'Demo',
  doc: '',
  at,
  start: 'start',
  end: 'end',
  steps: {
    start: node('start', { kind: 'foreach', to: 'fit', over: 'items' }, false, 'Says "hi".\nTwice.'),
    fit: node('fit', { kind: 'linear', to: 'choose' }),
    choose: node('choose', {
      kind: 'switch',
      condition: 'size',
      cases: [
        { value: 'again', to: 'choose' },
        { value: 'small', to: 'last' },
        { value: 'a|"b"', to: 'last' },
      ],
    }),
    last: node('last', { kind: 'linear', to: 'join' }),
    join: node('join', { kind: 'linear', to: 'end' }, true),
    end: node('end', { kind: 'end' }),
  },
}

it('renders for Graphviz', () => {
  expect(renderGraph(graph, 'dot')).toBe(`digraph "Demo" {
  rankdir=TB
  node [shape=box, style=rounded, fontname="Helvetica"]
  "start" [label="start", peripheries=2, penwidth=2, tooltip="Says \\"hi\\".\\nTwice."]
  "fit" [label="fit"]
  "choose" [label="choose", shape=diamond, style=solid]
  "last" [label="last"]
  "join" [label="join", shape=invhouse, style=solid]
  "end" [label="end", penwidth=2]
  "start" -> "fit" [label="each of items"]
  "fit" -> "choose"
  "choose" -> "choose" [label="size = again"]
  "choose" -> "last" [label="size = small | a|\\"b\\""]
  "last" -> "join"
  "join" -> "end"
}
`)
})

it('renders for Mermaid', () => {
  expect(renderGraph(graph, 'mermaid')).toBe(`flowchart TD
  s0(["start"])
  s1("fit")
  s2{"choose"}
  s3("last")
  s4[\\"join"/]
  s5(["end"])
  s0 -->|"each of items"| s1
  s1 --> s2
  s2 -->|"size = again"| s2
  s2 -->|"size = small #124; a#124;#quot;b#quot;"| s3
  s3 --> s4
  s4 --> s5
`)
})

it('renders as JSON that is the graph', () => {
  expect(JSON.parse(renderGraph(graph, 'json'))).toEqual(graph)
})

it('draws every step and edge of any graph once', () => {
  const property = fc.property(arbitraryGraph(), (any) => {
    const edges = Object.values(any.steps).flatMap((step) => [...new Set(targets(step.transition))])
    const steps = Object.keys(any.steps).length
    expect(renderGraph(any, 'mermaid').trimEnd().split('\n')).toHaveLength(1 + steps + edges.length)
    expect(renderGraph(any, 'dot').split(' -> ')).toHaveLength(1 + edges.length)
  })
  fc.assert(property, { numRuns: 50 })
})

import type { FlowGraph, StepNode, Transition } from '@flowctl/core'

/** `'b'` leads to b, `['b', 'c']` splits, `{ foreach: 'b' }` and `{ switch: ['b', 'c'] }` say so, `null` is the end. */
export type Edge = string | readonly string[] | { foreach: string } | { switch: readonly string[] } | null

/** A graph from its edges; steps whose name starts with `join` are joins; the first step starts it. */
export function graphOf(edges: Readonly<Record<string, Edge>>, flow = 'SmallFlow'): FlowGraph {
  const at = { file: '/project/flow.ts', line: 1, column: 1 }
  const steps: Record<string, StepNode> = {}
  for (const [name, edge] of Object.entries(edges)) {
    const transition = transitionOf(edge)
    steps[name] = { name, doc: '', at, join: name.startsWith('join'), transition, decorators: {}, reads: [] }
  }
  const start = Object.keys(edges)[0] as string
  const end = Object.keys(edges).find((name) => edges[name] === null) as string
  return { flow, doc: '', at, start, end, steps }
}

function transitionOf(edge: Edge): Transition {
  if (edge === null) return { kind: 'end' }
  if (typeof edge === 'string') return { kind: 'linear', to: edge }
  if ('foreach' in edge) return { kind: 'foreach', to: edge.foreach, over: 'items' }
  if ('switch' in edge) {
    return { kind: 'switch', condition: 'choice', cases: edge.switch.map((to) => ({ value: to, to })) }
  }
  return { kind: 'split', to: edge }
}

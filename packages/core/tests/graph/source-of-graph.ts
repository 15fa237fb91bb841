import type { FlowDescription } from '../../src/graph/description.ts'
import { targets, type FlowGraph, type StepNode } from '../../src/graph/model.ts'
import type { SourceFlow, SourceStep } from '../../src/graph/source-flow.ts'

/** What a compiler would have read to get this graph. */
export function sourceOf(graph: FlowGraph): SourceFlow {
  const { flow, doc, at } = graph
  const field = (name: string) => ({ name, at, kind: 'field' as const })
  const members = ['items', 'choice'].map(field)
  return { flow, doc, at, steps: Object.values(graph.steps).map(sourceStep), members, assigned: {}, opaque: false }
}

export function descriptionOf(graph: FlowGraph): FlowDescription {
  const steps = Object.values(graph.steps).map(({ name, decorators }) => ({
    name,
    start: name === graph.start,
    end: name === graph.end,
    decorators,
  }))
  return { flow: graph.flow, steps, parameters: [] }
}

function sourceStep({ name, doc, at, join, transition, reads }: StepNode): SourceStep {
  const step = { name, doc, at, parameters: join ? 1 : 0, generator: false, reads, privateWrites: [] }
  const marked = { start: false, end: false }
  if (transition.kind === 'end') return { ...step, marked }
  const next = {
    at,
    transition,
    shape: transition.kind,
    // Every target of a real source has a place of its own.
    targets: targets(transition).map((to) => ({ name: to, at: { ...at } })),
    problems: [],
  }
  return { ...step, marked, next }
}

import { joinJob, structureOf, type FlowGraph, type JoinJob, type Slice } from '@flowctl/core'

/** The join of the foreach that a slice is directly part of, when the innermost split around it is a foreach. */
export function foreachJoinOf(graph: FlowGraph, { entry, path, range }: Slice): JoinJob | undefined {
  const structure = structureOf(graph)
  const split = structure.enclosing[entry]?.at(-1)
  if (split === undefined || graph.steps[split]?.transition.kind !== 'foreach') return undefined
  const whole = range === undefined ? path : [...path, range.from]
  return joinJob(graph, split, whole.slice(0, structure.foreachDepth[split] as number))
}

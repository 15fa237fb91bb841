import { joinJob, pathOf, structureOf, type FlowGraph, type JoinJob, type Slice } from '@flowctl/core'

/** The join of the foreach that a slice is directly part of, when the innermost split around it is a foreach. */
export function foreachJoinOf(graph: FlowGraph, slice: Slice): JoinJob | undefined {
  const structure = structureOf(graph)
  const split = structure.enclosing[slice.entry]?.at(-1)
  if (split === undefined || graph.steps[split]?.transition.kind !== 'foreach') return undefined
  return joinJob(graph, split, pathOf(slice).slice(0, structure.foreachDepth[split] as number))
}

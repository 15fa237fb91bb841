import type { FlowGraph } from '../graph/model.ts'
import { structureOf } from '../graph/structure.ts'
import { joinJob, pathOf, type JoinJob, type Slice } from './job.ts'

/** The join whose task a slice is, if it is one. */
export function joinOf(graph: FlowGraph, slice: Slice): JoinJob | undefined {
  const split = structureOf(graph).splitOf[slice.entry]
  return split === undefined ? undefined : joinJob(graph, split, slice.path)
}

/** The join of the innermost split or foreach that is open around a slice; `undefined` where its parent is the run's `finish`. */
export function joinAround(graph: FlowGraph, slice: Slice): JoinJob | undefined {
  const { enclosing, foreachDepth } = structureOf(graph)
  const split = enclosing[slice.entry]?.at(-1)
  return split === undefined ? undefined : joinJob(graph, split, pathOf(slice).slice(0, foreachDepth[split]))
}

/** The join of the foreach that a slice is directly part of, when the innermost split around it is a foreach. */
export function foreachAround(graph: FlowGraph, slice: Slice): JoinJob | undefined {
  const split = structureOf(graph).enclosing[slice.entry]?.at(-1)
  return split !== undefined && isForeach(graph, split) ? joinAround(graph, slice) : undefined
}

/** The join whose task a slice is, when it closes a foreach. */
export function foreachClosedBy(graph: FlowGraph, slice: Slice): JoinJob | undefined {
  const join = joinOf(graph, slice)
  return join !== undefined && isForeach(graph, join.closes.step) ? join : undefined
}

function isForeach(graph: FlowGraph, split: string): boolean {
  return graph.steps[split]?.transition.kind === 'foreach'
}

import { isPacked, joinJob, structureOf, type Commit, type FlowGraph, type JoinJob, type Slice } from '@flowctl/core'

/** The join of the foreach that a slice is directly part of, when the innermost split around it is a foreach. */
export function foreachJoinOf(graph: FlowGraph, { entry, path, range }: Slice): JoinJob | undefined {
  const structure = structureOf(graph)
  const split = structure.enclosing[entry]?.at(-1)
  if (split === undefined || graph.steps[split]?.transition.kind !== 'foreach') return undefined
  const whole = range === undefined ? path : [...path, range.from]
  return joinJob(graph, split, whole.slice(0, structure.foreachDepth[split] as number))
}

/** How long the bodies of a slice took, in milliseconds, and how many they were. Only packed bodies are measured. */
export function measured(graph: FlowGraph, slice: Slice, commit: Commit): { busyMs: number; bodies: number } {
  if (slice.range === undefined || !isPacked(graph, slice.entry)) return { busyMs: 0, bodies: 0 }
  const split = structureOf(graph).enclosing[slice.entry]?.at(-1) ?? ''
  const chain = structureOf(graph).chainOf[split]?.length ?? 1
  const busyMs = commit.tasks.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0)
  return { busyMs, bodies: commit.tasks.length / chain }
}

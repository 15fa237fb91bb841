import type { FlowGraph, StepNode } from '../graph/model.ts'
import type { TaskRecord } from '../records/commit.ts'
import { chainFrom, isPacked, type Slice } from './job.ts'

/** How many tasks of a step a process may carry at once. */
export function tasksAtOnce(step: StepNode | undefined): number {
  return step?.decorators.concurrent?.tasks ?? 1
}

/**
 * How many bodies of the foreach around a step a process may carry at once: as many as the step of the chain that allows most. 1 where
 * bodies are not packed.
 */
export function bodiesAtOnce(graph: FlowGraph, step: string): number {
  if (!isPacked(graph, step)) return 1
  return chainFrom(graph, step).reduce((most, name) => Math.max(most, tasksAtOnce(graph.steps[name])), 1)
}

/**
 * How long the bodies of a slice kept their process, in milliseconds, and how many they were; of bodies carried at once, from the
 * first start to the last end. Only packed bodies are measured.
 */
export function bodyTimes(
  graph: FlowGraph,
  slice: Slice,
  { tasks }: { readonly tasks: readonly Pick<TaskRecord, 'startedAt' | 'endedAt'>[] },
): { busyMs: number; bodies: number } {
  if (slice.range === undefined || !isPacked(graph, slice.entry) || tasks.length === 0) return { busyMs: 0, bodies: 0 }
  const bodies = tasks.length / chainFrom(graph, slice.entry).length
  if (bodiesAtOnce(graph, slice.entry) === 1) {
    return { busyMs: tasks.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0), bodies }
  }
  const first = tasks.reduce((least, { startedAt }) => Math.min(least, startedAt), Number.POSITIVE_INFINITY)
  const last = tasks.reduce((most, { endedAt }) => Math.max(most, endedAt), 0)
  return { busyMs: Math.max(0, last - first), bodies }
}

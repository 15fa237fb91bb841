import type { FlowGraph } from '../graph/model.ts'
import { structureOf } from '../graph/structure.ts'
import { taskId } from '../ids/task-id.ts'
import type { Plan } from './foreach-cursor.ts'
import { batchJobs, frontier } from './frontier.ts'
import type { History } from './history.ts'
import type { JoinJob } from './job.ts'

/**
 * What is left of the part of the run that a join is in: of one index of the innermost foreach around its split, or of all. However
 * many indices there are before it, what the join waits for is in the plan.
 */
export function planAround(graph: FlowGraph, history: History, { closes, slice }: JoinJob): Plan {
  const { foreaches, foreachDepth } = structureOf(graph)
  const around = foreaches[closes.step]?.at(-1)
  if (around === undefined) return frontier(graph, history)
  const path = slice.path.slice(0, foreachDepth[around])
  const index = slice.path[path.length] as number
  const foreach = { split: { step: around, task: taskId({ path, turn: 0 }) }, path, count: index + 1 }
  return batchJobs(graph, history, foreach, { from: index, to: index + 1, size: 1 })
}

import { stepOf, targets, type FlowGraph } from '../graph/model.ts'
import { sliceKey } from '../ids/slice-key.ts'
import { taskId } from '../ids/task-id.ts'
import type { SlicePlan } from '../records/commit.ts'
import { rangesOf } from './batches.ts'
import type { History } from './history.ts'
import { chainFrom, taskSlice, type Slice, type TaskRef } from './job.ts'

/** One foreach of a run. */
export interface ForeachTask {
  /** The task of the foreach step. */
  readonly split: TaskRef
  readonly path: readonly number[]
  readonly count: number
}

/**
 * The slices of a batch of a packed foreach, in order, whether they are done or not. Indices that a resumed run took over whole are
 * in none of them; one that it took over in part is a slice that starts inside the chain.
 */
export function* plannedSlices(
  graph: FlowGraph,
  history: History,
  foreach: ForeachTask,
  batch: SlicePlan,
): Generator<Slice> {
  const { path, split } = foreach
  const body = bodyOf(graph, split.step)
  const fresh = (from: number, to: number): Slice => {
    const range = { from, to }
    return { head: body, key: sliceKey(path, range), entry: body, path, range, turn: 0, attempt: 0, after: split }
  }
  for (const range of rangesOf(batch)) {
    let from = range.from
    for (let index = range.from; index < range.to; index += 1) {
      const position = { path: [...path, index], turn: 0 }
      const adopted = adoptedSteps(graph, history, body, taskId(position))
      if (adopted === 0) continue
      if (from < index) yield fresh(from, index)
      from = index + 1
      const chain = chainFrom(graph, body)
      const entry = chain[adopted]
      const after = { step: chain[adopted - 1] as string, task: taskId(position) }
      if (entry !== undefined) yield taskSlice(graph, entry, position, after)
    }
    if (from < range.to) yield fresh(from, range.to)
  }
}

/** The first step of a foreach's body. */
export function bodyOf(graph: FlowGraph, split: string): string {
  return targets(stepOf(graph, split).transition)[0] as string
}

/** How many steps of the chain were taken over for one index. */
function adoptedSteps(graph: FlowGraph, history: History, body: string, task: string): number {
  const chain = chainFrom(graph, body)
  const missing = chain.findIndex((step) => !history.adopted(step, task))
  return missing < 0 ? chain.length : missing
}

import { stepOf, type FlowGraph } from '../graph/model.ts'
import { structureOf } from '../graph/structure.ts'
import type { TaskRecord } from '../records/commit.ts'

/**
 * Steps whose tasks a resumed run does not take over, with the reason: the step that was asked for, steps whose place in the graph
 * is another one now, and all that come after such a step. A change of a step's code alone is no reason.
 */
export function stepsToRunAgain(graph: FlowGraph, origin: FlowGraph, from?: string): ReadonlyMap<string, string> {
  const again = new Map<string, string>()
  const { order, predecessors } = structureOf(graph)
  for (const name of order) {
    const changed = predecessors[name]?.find((one) => again.has(one))
    if (name === from) again.set(name, 'asked for')
    else if (changed !== undefined) again.set(name, `comes after ${changed}`)
    else if (origin.steps[name] === undefined) again.set(name, 'new in the flow')
    else if (!samePlace(graph, origin, name)) again.set(name, 'its transition has changed')
  }
  return again
}

/** Whether a task of the origin is taken over. */
export function isAdoptable(record: TaskRecord, again: ReadonlyMap<string, string>, graph: FlowGraph): boolean {
  return record.outcome !== 'failed' && graph.steps[record.step] !== undefined && !again.has(record.step)
}

function samePlace(graph: FlowGraph, origin: FlowGraph, name: string): boolean {
  const place = (of: FlowGraph): string => {
    const step = stepOf(of, name)
    return JSON.stringify([
      step.join,
      step.transition,
      structureOf(of).enclosing[name],
      name === of.start,
      name === of.end,
    ])
  }
  return place(graph) === place(origin)
}

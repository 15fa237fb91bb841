import { bodiesAtOnce, bodyOf, isPacked, nextBatch, type FlowGraph, type SlicePlan } from '@flowctl/core'

/** The next batch of a foreach that `batches` do not cover yet. */
export function batchAfter(
  graph: FlowGraph,
  split: string,
  given: {
    readonly count: number
    readonly batches: readonly SlicePlan[]
    /** How many slices may run at a time. */
    readonly width: number
    readonly bodyMs?: number | undefined
  },
): SlicePlan | undefined {
  const { count, batches, width, bodyMs } = given
  const body = bodyOf(graph, split)
  return nextBatch({
    count,
    batches,
    slots: width,
    atOnce: bodiesAtOnce(graph, body),
    ...(isPacked(graph, body) ? {} : { maxSlice: 1 }),
    ...(bodyMs === undefined ? {} : { bodyMs }),
  })
}

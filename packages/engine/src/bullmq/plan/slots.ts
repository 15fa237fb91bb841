import { bodyOf, isPacked, nextBatch, type FlowGraph, type SlicePlan } from '@flowctl/core'
import type { QueuedRun } from '../queue/shard.ts'

/** How many slots the connected workers have for a pool; 0 when nobody serves it. */
export type SlotCount = (pool: string) => number

/** How many slices of a foreach may be outstanding: the run's own limit, or the slots there are for its body. */
export function widthOf(
  run: QueuedRun & { readonly record: { readonly options: { readonly maxWorkers: number } } },
  split: string,
  slots: SlotCount,
): number {
  const pool = run.placement.pools[bodyOf(run.graph, split)] ?? ''
  const limit = run.record.options.maxWorkers
  return Math.max(1, Math.min(limit > 0 ? limit : Infinity, Math.max(1, slots(pool))))
}

/** The next batch of a foreach that `batches` do not cover yet. */
export function batchAfter(
  graph: FlowGraph,
  split: string,
  given: {
    readonly count: number
    readonly batches: readonly SlicePlan[]
    readonly width: number
    readonly bodyMs?: number
  },
): SlicePlan | undefined {
  const { count, batches, width, bodyMs } = given
  return nextBatch({
    count,
    batches,
    slots: width,
    ...(isPacked(graph, bodyOf(graph, split)) ? {} : { maxSlice: 1 }),
    ...(bodyMs === undefined ? {} : { bodyMs }),
  })
}

import {
  bodiesAtOnce,
  bodyOf,
  isPacked,
  nextBatch,
  type FlowGraph,
  type RunRecord,
  type SlicePlan,
} from '@flowctl/core'
import type { QueuedRun } from '../queue/shard.ts'

/** How many slots the connected workers have for a pool; 0 when nobody serves it. */
export type SlotCount = (pool: string) => number

/** The pool of a foreach's body, its slots, and how many slices of the foreach may be outstanding: the run may have a limit of its own. */
export function roomOf(
  run: QueuedRun & { readonly record: RunRecord },
  split: string,
  count: SlotCount,
): { readonly pool: string; readonly slots: number; readonly width: number } {
  const pool = run.placement.pools[bodyOf(run.graph, split)] as string
  const slots = Math.max(1, count(pool))
  const { maxWorkers } = run.record.options
  return { pool, slots, width: maxWorkers > 0 ? Math.min(maxWorkers, slots) : slots }
}

/** The next batch of a foreach that `batches` do not cover yet. */
export function batchAfter(
  graph: FlowGraph,
  split: string,
  given: {
    readonly count: number
    readonly batches: readonly SlicePlan[]
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

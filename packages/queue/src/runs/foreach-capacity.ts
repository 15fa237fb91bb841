import { bodyOf, type RunRecord } from '@flowctl/core'
import type { QueuedRun } from '../queue/queued-run.ts'

/** How many slots the connected workers have for a pool; 0 when nobody serves it. */
export type SlotCount = (pool: string) => number

/** The pool of a foreach's body, its slots, and how many slices of the foreach may be outstanding: the run may have a limit of its own. */
export function capacityOf(
  run: QueuedRun & { readonly record: RunRecord },
  split: string,
  count: SlotCount,
): { readonly pool: string; readonly slots: number; readonly width: number } {
  const pool = run.placement.pools[bodyOf(run.graph, split)] as string
  const slots = Math.max(1, count(pool))
  const { maxWorkers } = run.record.options
  return { pool, slots, width: maxWorkers > 0 ? Math.min(maxWorkers, slots) : slots }
}

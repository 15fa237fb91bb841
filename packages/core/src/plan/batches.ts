import type { SlicePlan } from '../records/commit.ts'

/** A slice should take about this long, in milliseconds, or one task when a task takes longer. */
export const SLICE_TARGET_MS = 1000

/** Keeps one commit, and what a crash can throw back, small. */
const MAX_SLICE = 2000

export interface BatchInput {
  /** Tasks of the foreach. */
  readonly count: number
  /** What is planned already; empty before the first batch. */
  readonly batches: readonly SlicePlan[]
  /** Measured time of one body, in milliseconds; unknown before anything ran. */
  readonly bodyMs?: number
  /** How many slices may run at a time. */
  readonly slots: number
  /** How many bodies a process carries at once. @default 1 */
  readonly atOnce?: number
  /** Largest slice allowed: 1 where every task gets a process of its own, or a body cannot be packed. */
  readonly maxSlice?: number
}

/**
 * The next batch of a foreach (I6), or `undefined` when all is planned. The first one gives every slot as many tasks as it carries at
 * once, to be measured; each later one covers about as much as all before it, in slices that take about the target time, leave every
 * slot something to do, and are at most 1/(2 x slots) of what remains, but fill what a slot carries at once.
 */
export function nextBatch(input: BatchInput): SlicePlan | undefined {
  const { count, batches, bodyMs, slots, maxSlice = MAX_SLICE, atOnce = 1 } = input
  const from = batches.at(-1)?.to ?? 0
  if (from >= count) return undefined
  if (maxSlice === 1) return { from, to: count, size: 1 }
  const to = Math.min(count, from === 0 ? slots * atOnce : from * 2)
  const bySlots = Math.ceil((to - from) / slots)
  const least = Math.min(atOnce, bySlots, maxSlice)
  if (from === 0 || bodyMs === undefined) return { from, to, size: least }
  const byTime = Math.floor(SLICE_TARGET_MS / Math.max(bodyMs, 0.001))
  const byRemainder = Math.floor((count - from) / (2 * slots))
  return { from, to, size: Math.max(least, Math.min(byTime, bySlots, byRemainder, maxSlice, MAX_SLICE)) }
}

/** The slices of a batch as index ranges, in order. */
export function* rangesOf(batch: SlicePlan): Generator<{ from: number; to: number }> {
  for (let from = batch.from; from < batch.to; from += batch.size) {
    yield { from, to: Math.min(batch.to, from + batch.size) }
  }
}

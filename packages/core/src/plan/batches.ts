import type { SlicePlan } from '../records/commit.ts'

/** A slice should take about this long, in milliseconds, or one task when a task takes longer. */
export const SLICE_TARGET_MS = 1000

/** A slice that takes less, in milliseconds, costs more to hand out than it is worth. */
const WORTHWHILE_MS = 100

/** A batch covers so many times what was planned before it, at most: measured by few, many are planned badly. */
const GROWTH = 3

/** A slice is at most one of so many shares of what remains for a slot. */
const SHARES = 1.5

/** Keeps one commit, and what a crash can throw back, small. */
const MAX_SLICE = 2000

export interface BatchInput {
  /** Tasks of the foreach. */
  readonly count: number
  /** What is planned already; empty before the first batch. */
  readonly batches: readonly SlicePlan[]
  /** Measured time of one body, in milliseconds; unknown before anything like it ran. */
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
 * once, to be measured, unless bodies like these have been measured. Each later one covers three times as much as all before it, but no more than half of what remains, in slices
 * that take about the target time, leave every slot something to do, and get smaller towards the end, so that all slots end
 * at about the same time; not so small that handing them out costs more than that gains.
 */
export function nextBatch(input: BatchInput): SlicePlan | undefined {
  const { count, batches, bodyMs, slots, maxSlice = MAX_SLICE, atOnce = 1 } = input
  const from = batches.at(-1)?.to ?? 0
  const rest = count - from
  if (rest <= 0) return undefined
  if (maxSlice === 1) return { from, to: count, size: 1 }
  const largest = Math.min(maxSlice, MAX_SLICE)
  const shared = (tasks: number): number => Math.min(largest, Math.ceil(tasks / slots))
  if (bodyMs === undefined) {
    const tasks = Math.min(rest, from === 0 ? slots * atOnce : from)
    return { from, to: from + tasks, size: Math.min(atOnce, shared(tasks)) }
  }
  const lasting = (ms: number): number => Math.max(1, Math.floor(ms / Math.max(bodyMs, 0.001)))
  const worthwhile = lasting(WORTHWHILE_MS)
  const most = from === 0 ? rest : GROWTH * from
  if (rest <= Math.min(most, slots * worthwhile)) return { from, to: count, size: shared(rest) }
  const wanted = Math.min(most, Math.ceil(rest / 2))
  const byRest = Math.max(worthwhile, Math.floor(rest / (SHARES * slots)))
  const size = Math.min(shared(wanted), Math.max(atOnce, Math.min(lasting(SLICE_TARGET_MS), byRest)))
  return { from, to: Math.min(count, from + Math.max(wanted, size * slots)), size }
}

/** The slices of a batch as index ranges, in order. */
export function* rangesOf(batch: SlicePlan): Generator<{ from: number; to: number }> {
  for (let from = batch.from; from < batch.to; from += batch.size) {
    yield { from, to: Math.min(batch.to, from + batch.size) }
  }
}

import { bodiesAtOnce, bodyOf, isPacked, nextBatch, type FlowGraph, type SlicePlan } from '@flowctl/core'
import type { BodyClock, Measured } from './body-clock.ts'

export interface BatchGiven {
  readonly count: number
  readonly batches: readonly SlicePlan[]
  /** How many slices may run at a time. */
  readonly width: number
  /** What bodies of this very foreach took. */
  readonly measured?: Measured
  /** What bodies of foreaches like it took, for one of which none was measured yet. */
  readonly clock?: BodyClock
}

/** The next batch of a foreach that `batches` do not cover yet: the one place that assembles what it is decided by. */
export function batchAfter(graph: FlowGraph, split: string, given: BatchGiven): SlicePlan | undefined {
  const { count, batches, width, measured, clock } = given
  const body = bodyOf(graph, split)
  const isMeasured = measured !== undefined && measured.bodies > 0
  const bodyMs = isMeasured ? measured.busyMs / measured.bodies : clock?.of(split)
  return nextBatch({
    count,
    batches,
    slots: width,
    atOnce: bodiesAtOnce(graph, body),
    ...(isPacked(graph, body) ? {} : { maxSlice: 1 }),
    ...(bodyMs === undefined ? {} : { bodyMs }),
  })
}

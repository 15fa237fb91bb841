import type { TaskRecord } from '@flowctl/core'

export type OutcomeCounts = Readonly<Record<TaskRecord['outcome'], number>>

/** How many records have which outcome, by step. */
export function countOutcomes(records: Iterable<TaskRecord>): Readonly<Record<string, OutcomeCounts>> {
  const counts = new Map<string, { succeeded: number; caught: number; failed: number }>()
  for (const { step, outcome } of records) {
    let ofStep = counts.get(step)
    if (ofStep === undefined) counts.set(step, (ofStep = { succeeded: 0, caught: 0, failed: 0 }))
    ofStep[outcome] += 1
  }
  return Object.fromEntries(counts)
}

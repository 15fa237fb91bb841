import type { StepCounts, TaskRecord } from '@flowctl/core'
import { countOutcomes, type OutcomeCounts } from '../rows/count-outcomes.ts'

export const noCounts: StepCounts = { succeeded: 0, caught: 0, failed: 0, adopted: 0 }

/** Counts records that a resumed run took over, by step. */
export function countAdopted(records: Iterable<TaskRecord>): Readonly<Record<string, StepCounts>> {
  const counts = Object.entries(countOutcomes(records)).map(([step, outcomes]) => {
    const { succeeded, caught, failed } = outcomes
    return [step, { ...outcomes, adopted: succeeded + caught + failed }] as const
  })
  return Object.fromEntries(counts)
}

export function addCounts(
  into: Record<string, StepCounts>,
  more: Readonly<Record<string, OutcomeCounts & { readonly adopted?: number }>>,
): void {
  for (const [step, counts] of Object.entries(more)) {
    const sum = into[step] ?? noCounts
    into[step] = {
      succeeded: sum.succeeded + counts.succeeded,
      caught: sum.caught + counts.caught,
      failed: sum.failed + counts.failed,
      adopted: sum.adopted + (counts.adopted ?? 0),
    }
  }
}

import type { StepCounts, TaskRecord } from '@flowctl/core'

export const noCounts: StepCounts = { succeeded: 0, caught: 0, failed: 0, adopted: 0 }

/** Counts records by step. */
export function countTasks(records: Iterable<TaskRecord>, adopted: boolean): Readonly<Record<string, StepCounts>> {
  const counts = new Map<string, { succeeded: number; caught: number; failed: number; adopted: number }>()
  for (const record of records) {
    let ofStep = counts.get(record.step)
    if (ofStep === undefined) counts.set(record.step, (ofStep = { ...noCounts }))
    ofStep[record.outcome] += 1
    if (adopted) ofStep.adopted += 1
  }
  return Object.fromEntries(counts)
}

export function addCounts(into: Record<string, StepCounts>, more: Readonly<Record<string, StepCounts>>): void {
  for (const [step, counts] of Object.entries(more)) {
    const sum = into[step] ?? noCounts
    into[step] = {
      succeeded: sum.succeeded + counts.succeeded,
      caught: sum.caught + counts.caught,
      failed: sum.failed + counts.failed,
      adopted: sum.adopted + counts.adopted,
    }
  }
}

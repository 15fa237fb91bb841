import type { Commit, TaskRecord } from '../records/commit.ts'
import type { EndRecord, FirstFailure, StopRecord } from '../records/run-record.ts'

/** The first task of a commit that failed for good. */
export function failedIn(commit: Commit): TaskRecord | undefined {
  return commit.tasks.find((record) => record.outcome === 'failed')
}

/** What `stop.json` and `end.json` say of a task that failed for good. */
export function firstFailure({ step, task, attempt, error, input }: TaskRecord): FirstFailure {
  const known = error ?? ({ kind: 'exception', name: 'Error', message: 'unknown' } as const)
  return { step, task, attempt, error: known, ...(input === undefined ? {} : { input }) }
}

/**
 * How a run ends whose `finish` has woken up: as it was stopped, or successfully when its last step has its outcome. `undefined`: it has
 * not ended, and `finish` woke too early.
 */
export function endOf(
  stop: Pick<StopRecord, 'reason' | 'failure'> | undefined,
  isEndReached: boolean,
): Pick<EndRecord, 'status' | 'failure'> | undefined {
  if (stop === undefined) return isEndReached ? { status: 'succeeded' } : undefined
  return stop.failure === undefined ? { status: stop.reason } : { status: stop.reason, failure: stop.failure }
}

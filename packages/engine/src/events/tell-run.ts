import type { EndRecord, RunRecord, TaskRecord } from '@flowctl/core'
import type { RunEnded, RunEvent } from './run-event.ts'

/** The first events of a run: that it has started, and what it took over from its origin. */
export function startEvents(record: RunRecord, adopted: readonly TaskRecord[], at: number): readonly RunEvent[] {
  const counts = new Map<string, number>()
  for (const { step } of adopted) counts.set(step, (counts.get(step) ?? 0) + 1)
  const taken = [...counts].map(([step, tasks]): RunEvent => ({ type: 'adopted', at, step, tasks }))
  return [{ type: 'run-started', at, record }, ...taken]
}

/** The last event of a run. */
export function endEvent(record: RunRecord, { status, at, failure }: EndRecord): RunEnded {
  const ended = { type: 'run-ended', at, status, startedAt: record.createdAt } as const
  return failure === undefined ? ended : { ...ended, failure }
}

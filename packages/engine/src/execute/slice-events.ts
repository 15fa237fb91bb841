import type { EndedAttempt } from './ended-attempt.ts'
import type { ExecutionWatcher } from './execution.ts'
import type { RunContext } from './run-context.ts'

type Emitting = Pick<RunContext, 'emit'>

/** Makes events of what an execution reports. `drain` is called when a task has failed for good: the rest need not start. */
export function tellingWatcher(context: Emitting, pid: number, drain: () => void): ExecutionWatcher {
  const { emit } = context
  return {
    started: ({ step, task, attempt, at, input }) =>
      emit({ type: 'task-started', step, task, attempt, at, pid, ...(input === undefined ? {} : { input }) }),
    line: ({ step, task, attempt, at, stream, text }) =>
      emit({ type: 'line', step, task, attempt, at, stream, text, pid }),
    ended: (attempt) => {
      tellEnded(context, attempt, pid)
      if (attempt.verdict?.type === 'failed') drain()
    },
  }
}

/** The event of one attempt that has ended, and of the foreach that it opened. */
export function tellEnded({ emit }: Emitting, ended: EndedAttempt, pid: number): void {
  const { step, task, attempt, startedAt, endedAt: at, input, verdict } = ended
  if (verdict === undefined) {
    const { taken } = ended.result
    if (taken.kind === 'foreach') emit({ type: 'foreach-opened', at, step, task, to: taken.to, count: taken.count })
    const outcome = 'succeeded'
    if (input === undefined) emit({ type: 'task-ended', step, task, attempt, startedAt, at, pid, outcome })
    else emit({ type: 'task-ended', step, task, attempt, startedAt, at, pid, outcome, input })
    return
  }
  emit({
    type: 'task-ended',
    step,
    task,
    attempt,
    startedAt,
    at,
    pid,
    ...(input === undefined ? {} : { input }),
    outcome: verdict.type === 'retry' ? 'retrying' : verdict.type,
    error: ended.result.error,
    ...(verdict.type === 'retry' ? { retryAt: verdict.notBefore } : {}),
  })
}

import type { FlowGraph, StepDecorators, TaskError } from '@flowctl/core'
import type { StartedAnswer, TaskAnswer } from '@flowctl/runtime'
import { verdict, type Verdict } from './verdict.ts'

/** An attempt that has ended, whether its process said so or died. */
export type EndedAttempt = SucceededAttempt | FailedAttempt

export interface SucceededAttempt extends TaskAnswer {
  readonly result: Extract<TaskAnswer['result'], { ok: true }>
  readonly verdict?: undefined
}

export interface FailedAttempt extends TaskAnswer {
  readonly result: Extract<TaskAnswer['result'], { ok: false }>
  /** What becomes of the task. Its commit, its event, and whether the rest of its slice starts, all follow this one decision. */
  readonly verdict: Verdict
}

/** What a task process answered, with the verdict over an attempt that failed. */
export function endedAttempt(graph: FlowGraph, answer: TaskAnswer): EndedAttempt {
  const { result } = answer
  if (result.ok) return answer as SucceededAttempt
  return { ...answer, result, verdict: verdict(decoratorsOf(graph, answer.step), answer.attempt, answer.endedAt) }
}

/** An attempt that was under way when its process died of it. */
export function attemptThatDied(
  graph: FlowGraph,
  { step, task, attempt, at, input }: StartedAnswer,
  error: TaskError,
  endedAt: number,
): FailedAttempt {
  return {
    type: 'task',
    step,
    task,
    attempt,
    startedAt: at,
    endedAt,
    ...(input === undefined ? {} : { input }),
    result: { ok: false, error },
    verdict: verdict(decoratorsOf(graph, step), attempt, endedAt),
  }
}

function decoratorsOf(graph: FlowGraph, step: string): StepDecorators {
  return graph.steps[step]?.decorators ?? {}
}

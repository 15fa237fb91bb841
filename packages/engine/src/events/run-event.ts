import type { FirstFailure, RunRecord, TaskError } from '@flowctl/core'

/** What a going run tells whoever watches it: the terminal, `--json`, a test. `at` is milliseconds since 1970. */
export type RunEvent =
  | { readonly type: 'run-started'; readonly at: number; readonly record: RunRecord }
  /** A resumed run took over this many tasks of a step. */
  | { readonly type: 'adopted'; readonly at: number; readonly step: string; readonly tasks: number }
  | TaskStarted
  | TaskLine
  | TaskEnded
  | ForeachOpened
  /** The first failure stopped the run; this many tasks are still running and will be kept. */
  | {
      readonly type: 'stopping'
      readonly at: number
      readonly reason: 'failed' | 'cancelled'
      readonly running: number
    }
  | RunEnded

interface OfTask {
  readonly at: number
  readonly step: string
  /** Task id. */
  readonly task: string
  /** 0 for the first. */
  readonly attempt: number
  readonly pid: number
}

export interface TaskStarted extends OfTask {
  readonly type: 'task-started'
  /** Preview of the foreach item. */
  readonly input?: string
}

export interface TaskLine extends OfTask {
  readonly type: 'line'
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

export interface TaskEnded extends OfTask {
  readonly type: 'task-ended'
  readonly outcome: 'succeeded' | 'caught' | 'failed' | 'retrying'
  readonly startedAt: number
  readonly input?: string
  readonly error?: TaskError
  /** For `retrying`: when the next attempt may start. */
  readonly retryAt?: number
}

export interface ForeachOpened {
  readonly type: 'foreach-opened'
  readonly at: number
  readonly step: string
  readonly task: string
  /** The step that runs for every item. */
  readonly to: string
  readonly count: number
}

export interface RunEnded {
  readonly type: 'run-ended'
  readonly at: number
  readonly status: 'succeeded' | 'failed' | 'cancelled'
  readonly startedAt: number
  readonly failure?: FirstFailure
}

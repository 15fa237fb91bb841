import type { TaskError } from '../errors/wire.ts'
import type { ArtifactMap, ArtifactRef } from './artifact-ref.ts'

/**
 * `runs/<run>/commits/<head>/<key>`: what became of a slice. Written once, with put-if-absent (I1). For every task of the slice it
 * holds a final outcome or names the continuation that will hold it.
 */
export interface Commit {
  readonly format: 1
  /** The slice's first step: the folder of the commit. For a packed body, the first step of its chain. */
  readonly head: string
  readonly key: string
  /** Nonce of the execution that won, part of its log's key. */
  readonly execution: string
  readonly host: string
  readonly tasks: readonly TaskRecord[]
  /** Attempts that were not the last of their task. */
  readonly attempts: readonly AttemptRecord[]
  readonly continuations: readonly Continuation[]
  /** The first batch of the foreach that this (single-task) slice's transition opened. */
  readonly plan?: SlicePlan
}

export interface AttemptRecord {
  readonly step: string
  /** Task id. */
  readonly task: string
  /** 0 for the first. */
  readonly attempt: number
  readonly startedAt: number
  readonly endedAt: number
  readonly pid: number
  /** Preview of the foreach item, when the task has one and it did not succeed. */
  readonly input?: string
  readonly error?: TaskError
  readonly log?: LogRef
}

/** The final outcome of one task. */
export interface TaskRecord extends AttemptRecord {
  /** `caught`: failed for good, but its `@catchError` let the flow go on. */
  readonly outcome: 'succeeded' | 'caught' | 'failed'
  /** All artifacts visible at the end of the task, those passed on unchanged included. */
  readonly artifacts: ArtifactMap
  /** Artifacts that a join above did not carry down: name to the step of that join. */
  readonly dropped?: Readonly<Record<string, string>>
  /** Absent when the task failed. */
  readonly taken?: TakenTransition
}

/** The transition as it was taken. */
export type TakenTransition =
  | { readonly kind: 'linear'; readonly to: string }
  | { readonly kind: 'split'; readonly to: readonly string[] }
  | {
      readonly kind: 'foreach'
      readonly to: string
      readonly count: number
      /** The items, cut into segments in order of their index. Empty when `count` is 0. */
      readonly segments: readonly ItemSegment[]
    }
  | { readonly kind: 'switch'; readonly to: string; readonly value: string }
  | { readonly kind: 'end' }

export interface ItemSegment {
  /** Index of its first item. */
  readonly from: number
  /** An encoded array of the items from `from` up to the next segment. */
  readonly items: ArtifactRef
}

/** Where the log lines of one attempt are: a range of bytes in an object under `runs/<run>/logs/`. */
export interface LogRef {
  /** The whole key of the log object: a resumed run's records point into its origin. */
  readonly object: string
  readonly from: number
  readonly to: number
  readonly stdoutLines: number
  readonly stderrLines: number
}

/** What is left of a slice, to be run under a key of its own: indices `from` up to, not including, `to`. */
export interface Continuation {
  readonly key: string
  /** Where in the body its tasks go on; differs from the head when a task inside a packed chain is retried. */
  readonly step: string
  readonly from: number
  readonly to: number
  /** Attempt number of the first step that runs. */
  readonly attempt: number
  /** Earliest start. */
  readonly notBefore?: number
  /** `caught`: the step before it failed for good and was caught. `beside`: its process ended because of another task. */
  readonly reason: 'retry' | 'caught' | 'crash' | 'beside' | 'time' | 'drain'
}

/**
 * One batch of the slices of a wide foreach (I6): indices `from` up to, not including, `to`, cut into slices of `size`
 * (the last one smaller). Batch 0 is in the split's commit, later ones at `slices/<step>/<path>/<n>`.
 */
export interface SlicePlan {
  readonly from: number
  readonly to: number
  readonly size: number
}

import type { ArtifactMap, FlowDescription, TakenTransition, TaskError, WireError } from '@flowctl/core'

/**
 * What task processes answer, over a pipe of their own (file descriptor 3), written synchronously: what a process said before it died is
 * never lost. A frame is a length (4 bytes, big endian) and that many bytes of `v8.serialize` of an array of answers, in order: tasks
 * that pass on the same artifact refs share them inside a frame, and get them as the same objects.
 */
export type Answer =
  | { readonly type: 'loaded'; readonly description: FlowDescription }
  | { readonly type: 'bound'; readonly parameters: ArtifactMap; readonly previews: Readonly<Record<string, string>> }
  | { readonly type: 'refused'; readonly error: WireError }
  | StartedAnswer
  | LogAnswer
  | TaskAnswer
  | ExitingAnswer
  | { readonly type: 'alive' }
  | IdleAnswer

/** The process called `process.exit` while tasks ran; the last frame before it ends. */
export interface ExitingAnswer {
  readonly type: 'exiting'
  readonly code: number
  readonly stack: string
  /** The attempt whose code called it; absent when that cannot be told. */
  readonly by?: { readonly step: string; readonly task: string; readonly attempt: number }
}

/** What one frame holds. */
export type Frame = readonly (Answer | DoneTasks)[]

/**
 * The `started` and `task` answers of tasks that succeeded, as rows that refer to tables: of small tasks there are tens of thousands a
 * second, and objects cost several times as much on their way. They are answers again when the frame has been read.
 */
export interface DoneTasks {
  readonly type: 'done'
  readonly steps: readonly string[]
  /** Lists of artifact names. */
  readonly shapes: readonly (readonly string[])[]
  readonly refs: readonly ArtifactRow[]
  readonly taken: readonly TakenTransition[]
  readonly rows: readonly DoneRow[]
}

export type ArtifactRow = readonly [hash: string, size: number, type: string, preview: string, inline?: string]
export type DoneRow = readonly [
  step: number,
  task: string,
  attempt: number,
  startedAt: number,
  endedAt: number,
  input: string | null,
  taken: number,
  shape: number,
  ...refs: number[],
]

/** The slice is done, or as much of it as was to be. */
export interface IdleAnswer {
  readonly type: 'idle'
  /** The first index that was not started. */
  readonly next?: number
  /** An error outside any step's call stack left the process in a doubtful state: it ends by itself, send nothing more. */
  readonly leaving?: true
}

export interface StartedAnswer {
  readonly type: 'started'
  readonly step: string
  readonly task: string
  readonly attempt: number
  readonly at: number
  /** Preview of the foreach item, when there is one. */
  readonly input?: string
}

/** One line that the running task wrote, without its line end. */
export interface LogAnswer {
  readonly type: 'log'
  readonly step: string
  readonly task: string
  readonly attempt: number
  readonly stream: 'stdout' | 'stderr'
  readonly at: number
  readonly text: string
}

/** An attempt has ended. */
export interface TaskAnswer {
  readonly type: 'task'
  readonly step: string
  readonly task: string
  readonly attempt: number
  readonly startedAt: number
  readonly endedAt: number
  readonly input?: string
  readonly result:
    | {
        readonly ok: true
        readonly artifacts: ArtifactMap
        readonly dropped?: Readonly<Record<string, string>>
        readonly taken: TakenTransition
      }
    | {
        readonly ok: false
        readonly error: TaskError
        /** What the step had stored before it threw, and its static transition: used if `@catchError` lets it pass. */
        readonly caught?: {
          readonly artifacts: ArtifactMap
          readonly dropped?: Readonly<Record<string, string>>
          readonly taken: TakenTransition
        }
      }
}

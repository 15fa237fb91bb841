import type {
  ArtifactMap,
  FlowDescription,
  FlowGraph,
  GivenParameter,
  ItemSegment,
  RunOptions,
  TakenTransition,
  TaskError,
  WireError,
} from '@flowctl/core'

/**
 * What a worker and its task processes say to each other.
 *
 * Requests go to the task process over Node's IPC channel. Answers come back over a pipe of their own (file descriptor 3),
 * written synchronously: what a process said before it died is never lost. A frame is a length (4 bytes, big endian) and
 * that many bytes of `v8.serialize` of an array of answers, in order: tasks that pass on the same artifact refs share them
 * inside a frame, and get them as the same objects. One request is under way at a time, but for `drain` and `ask`.
 */
export type Request = LoadRequest | BindRequest | OpenRequest | SliceRequest | DrainRequest | AskRequest

/** Load a code package; answered by `loaded` or `refused`. First of all requests, and once. */
export interface LoadRequest {
  readonly type: 'load'
  /** Absolute path of the bundle to import. */
  readonly bundle: string
  /** URL of the module whose exports flows see as `flowctl`. */
  readonly api: string
  /** Name of the exported flow class. */
  readonly className: string
  readonly datastore: string
}

/** Turn given values into the parameters' values and store them; answered by `bound` or `refused` (all problems at once). */
export interface BindRequest {
  readonly type: 'bind'
  readonly flow: string
  /** By field. Fields that are not given take their default. */
  readonly given: Readonly<Record<string, GivenParameter>>
  readonly user: string
}

/** The run whose slices follow; no answer. */
export interface OpenRequest {
  readonly type: 'open'
  readonly run: string
  readonly originRun?: string
  readonly user: string
  readonly tags: readonly string[]
  readonly graph: FlowGraph
  readonly parameters: ArtifactMap
  readonly options: RunOptions
}

/**
 * Execute a slice; answered, task by task, by `started`, `log`, `task`, and at the end by `idle`. Where a step of the chain is
 * `@concurrent`, several indices of the range are under way at once, started in their order, and their answers are mixed.
 */
export interface SliceRequest {
  readonly type: 'slice'
  /** The slice's first step and its chain: for every index all of these steps run, one after the other. */
  readonly head: string
  readonly chain: readonly string[]
  /** Step of the chain at which this execution starts (a continuation may start inside). */
  readonly entry: string
  /** Indices of the enclosing foreaches; of a range, without the innermost. */
  readonly path: readonly number[]
  /** The innermost indices, `to` not included; absent for a slice that is a single task outside a planned range. */
  readonly range?: { readonly from: number; readonly to: number }
  readonly turn: number
  /** Attempt of the first step executed; steps after it start at 0. */
  readonly attempt: number
  /** Every foreach around the tasks, outermost first; the innermost one's index is that of the range's task. */
  readonly foreaches: readonly ForeachSource[]
  readonly input: SliceInput
  /** Stop after the task that is running once this many milliseconds have passed; absent: never. */
  readonly targetMs?: number
  /** Say `started` before every task at once, so that a death can be pinned on one task. */
  readonly cautious: boolean
}

/** A foreach around a task: its step, how many tasks it made, and where the items are. */
export interface ForeachSource {
  readonly step: string
  readonly count: number
  readonly segments: readonly ItemSegment[]
}

export type SliceInput =
  /** The start step. */
  | { readonly type: 'none' }
  /** What the predecessor left, the same for every index of a range; of a continuation inside a chain, the step before. */
  | { readonly type: 'task'; readonly artifacts: ArtifactMap; readonly dropped?: Readonly<Record<string, string>> }
  /** A join over the branches of a static split, by branch in order of the split: last task of each. */
  | { readonly type: 'branches'; readonly branches: readonly JoinBranch[] }
  /** A join over a foreach: inputs are read from commits while they are needed. */
  | {
      readonly type: 'foreach'
      readonly split: string
      readonly count: number
      readonly locators: readonly InputLocator[]
      /** The items of the foreach, for `inputs[i].input`. */
      readonly segments?: readonly ItemSegment[]
    }

export interface JoinBranch {
  /** First step of the branch: the name in `inputs.NAME`. */
  readonly branch: string
  readonly step: string
  readonly task: string
  readonly artifacts: ArtifactMap
  readonly dropped?: Readonly<Record<string, string>>
}

/**
 * Indices `from` up to, not including, `to` of a foreach: where the records of their last tasks are. With a slice, in its commit and
 * those of its continuations. Without, each index is found by its task id: adopted, or in a slice of its own.
 */
export interface InputLocator {
  readonly from: number
  readonly to: number
  /** The steps from which the join is reached; each index ends in one of them. */
  readonly steps: readonly string[]
  readonly slice?: { readonly head: string; readonly key: string }
}

/** Finish the running tasks, then answer `idle`. */
export interface DrainRequest {
  readonly type: 'drain'
}

/** Say `alive`, if the event loop still turns. */
export interface AskRequest {
  readonly type: 'ask'
}

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

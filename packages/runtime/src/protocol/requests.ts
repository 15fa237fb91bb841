import type { ArtifactMap, FlowGraph, GivenParameter, ItemSegment, RunOptions } from '@flowctl/core'

/**
 * What a worker asks of its task processes, over Node's IPC channel. One request is under way at a time, but for `drain` and `ask`. The
 * answers are in answers.ts.
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

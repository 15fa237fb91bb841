import type { FlowGraph } from '../graph/model.ts'
import type { ArtifactMap } from './artifact-ref.ts'
import type { TaskError } from '../errors/wire.ts'

/** `runs/<run>/run.json`: written once, before anything else of the run. Times everywhere are milliseconds since 1970. */
export interface RunRecord {
  readonly format: 1
  readonly flow: string
  readonly run: string
  readonly createdAt: number
  readonly user: string
  /** `user:NAME`, `flowctl_version:…`, `node_version:…`, `runtime:…`, `origin_run_id:…`. Never change. */
  readonly systemTags: readonly string[]
  readonly graph: FlowGraph
  /** Values of all parameters, by field name. */
  readonly parameters: ArtifactMap
  readonly code: CodeRef
  /** The run that this one resumes, and from which step on when one was named. */
  readonly origin?: { readonly run: string; readonly step?: string }
  readonly engine: 'memory' | 'bullmq'
  readonly options: RunOptions
  /** Where a `bullmq` run has its jobs. Fixed with the run: everybody must look for a job in the same queue. */
  readonly placement?: Placement
  /** Who admitted the run. */
  readonly host: { readonly name: string; readonly pid: number }
}

export interface Placement {
  readonly shard: number
  /** Pool of every step. */
  readonly pools: Readonly<Record<string, string>>
  /** From 1, the most urgent, to 2,000,000. */
  readonly priority: number
}

export interface CodeRef {
  /** SHA-256 (hex) of the code package under `code/`. */
  readonly hash: string
  /** The flow file as the user named it, for messages. */
  readonly file: string
}

export interface RunOptions {
  /** Most tasks at a time. 0: as many as there are slots. */
  readonly maxWorkers: number
  /** Most tasks a single foreach may make. */
  readonly maxNumSplits: number
  /** Most bytes kept of the log of one task. */
  readonly maxLogBytes: number
  /** Every task gets a process of its own. */
  readonly isolate: boolean
  /** The `--with` decorators, as given. */
  readonly with: readonly string[]
}

/** `runs/<run>/tags.json`: the user's tags, changed with put-if-match. Absent: none. */
export interface TagsRecord {
  readonly tags: readonly string[]
}

/** Which task failed first, and how. */
export interface FirstFailure {
  readonly step: string
  readonly task: string
  readonly attempt: number
  /** Preview of the foreach item of the task, when it had one. */
  readonly input?: string
  readonly error: TaskError
}

/** `runs/<run>/stop.json`, put if absent: nothing new starts in this run. */
export interface StopRecord {
  readonly reason: 'failed' | 'cancelled'
  readonly at: number
  readonly failure?: FirstFailure
  /** Who cancelled. */
  readonly by?: string
}

/** `runs/<run>/end.json`, put if absent: how the run ended. */
export interface EndRecord {
  readonly status: 'succeeded' | 'failed' | 'cancelled'
  readonly at: number
  readonly failure?: FirstFailure
  /** Counts by step, a convenience for lists: the commits are the truth. */
  readonly steps: Readonly<Record<string, StepCounts>>
}

export interface StepCounts {
  readonly succeeded: number
  readonly caught: number
  readonly failed: number
  /** Taken over from the origin run; counted in `succeeded` and `caught` too. */
  readonly adopted: number
}

/** `runs/<run>/heartbeat.json`: rewritten by the process that runs a `memory` run, so that its death can be told. */
export interface HeartbeatRecord {
  readonly at: number
}

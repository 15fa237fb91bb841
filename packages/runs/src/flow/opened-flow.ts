import type { FlowDescription, FlowGraph, GivenParameter, ObjectStore, RunRecord, TaskRecord } from '@flowctl/core'
import type { Observer } from '@flowctl/datastore'
import type { RunEnded, RunEvent } from '@flowctl/engine'
import type { ResumePlan, ResumeRequest } from '../resume/resume-plan.ts'

/** A flow file that was compiled, loaded in a task process and checked: ready to be shown and run. */
export interface OpenedFlow {
  /** Absolute path of the flow file. */
  readonly file: string
  /** With the `--with` decorators applied. */
  readonly graph: FlowGraph
  readonly description: FlowDescription
  /** Lines for people about packages that are not in the code package. */
  readonly notes: readonly string[]
  run(request: LocalRunRequest): Promise<LocalRun>
  /** Says what a resume would do. Throws RUN_* and RESUME_* errors; records nothing. */
  planResume(request: ResumeRequest): Promise<ResumePlan>
  resume(plan: ResumePlan, request: LocalRunRequest): Promise<LocalRun>
  /** Binds the parameters and stores the code package of a run that is to go elsewhere. With `plan`, of a resumed one. */
  prepare(request: LocalRunRequest, plan?: ResumePlan): Promise<PreparedRun>
  /** Cancels runs that still go, then ends the task processes. */
  close(): Promise<void>
}

export interface OpenOptions {
  readonly store: ObjectStore
  /** Folder for bundles that can be made again. */
  readonly cacheDir: string
  /** Where npm packages are when the flow runs: `link`, in its project; `bundle`, wherever it runs. @default 'link' */
  readonly packages?: 'link' | 'bundle'
  /** Decorators added to every step that lacks them, e.g. `retry:times=3`. */
  readonly with?: readonly string[]
  /** Task processes at most. @default the number of cores */
  readonly maxWorkers?: number
  /** Every task gets a process of its own. @default false */
  readonly isolate?: boolean
  /** URL of the module whose exports flow files see as `flowctl`. */
  readonly api: string
  /** Environment of the task processes. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The file that a task process is started with; of the same copy of flowctl as `api`. */
  readonly taskProcess: URL
  /** The clock, the name of this machine and its processes. @default what the system says */
  readonly observer?: Observer
}

export interface LocalRunRequest {
  /** By field. A resume takes its parameters from the origin: leave this out. */
  readonly parameters?: Readonly<Record<string, GivenParameter>>
  readonly user: string
  readonly tags?: readonly string[]
  /** @default 100_000 */
  readonly maxNumSplits?: number
  /** @default 10 MiB */
  readonly maxLogBytes?: number
  readonly onEvent?: (event: RunEvent) => void
}

/** A run that is not recorded yet. */
export interface PreparedRun {
  readonly record: RunRecord
  readonly tags: readonly string[]
  /** What it takes over from the run it resumes. */
  readonly adopted: readonly TaskRecord[]
}

export interface LocalRun {
  readonly record: RunRecord
  /** Resolves, never rejects, for a run that failed or was cancelled. */
  readonly ended: Promise<RunEnded>
  /** Kill what runs, keep what is done. */
  cancel(by: string): void
}

import type {
  ArtifactRef,
  CodeRef,
  FirstFailure,
  FlowGraph,
  RunRecord,
  StepCounts,
  StepNode,
  TaskError,
} from '@flowctl/core'
import type { RunStatus } from '@flowctl/datastore'

/**
 * What the client shows of a datastore. Objects are opened by pathspec (`Run.open('TrainFlow/123')`), through their parent
 * (`run.step('start')`) or by iteration, and are read only but for the tags of a run. `F` is the flow's class, when the
 * reader of the run knows it: then artifacts have its fields' types.
 */

/** A flow's name and the runs under it. Iterating a flow gives its runs, newest first. */
export interface Flow<F = unknown> extends AsyncIterable<Run<F>> {
  /** The name of the flow's class. */
  readonly id: string
  readonly pathspec: string
  /** Throws RUN_UNKNOWN, NAMESPACE_MISMATCH. */
  run(id: string): Promise<Run<F>>
  /** The runs of the namespace, newest first; read while they are consumed. */
  runs(filter?: RunFilter): AsyncIterable<Run<F>>
  /** The newest run of the namespace, whatever became of it. */
  latestRun(): Promise<Run<F> | undefined>
  latestSuccessfulRun(): Promise<Run<F> | undefined>
}

export interface RunFilter {
  /** Only runs that have all of these tags. */
  readonly tags?: readonly string[]
  readonly status?: RunStatus
  /** At most so many. @default all */
  readonly limit?: number
}

/** How the first task that failed for good failed. */
export interface RunError extends FirstFailure {
  readonly pathspec: string
}

/**
 * One run. Its properties show the run as it was when the object was opened; `refresh()` looks again. Iterating a run gives
 * its steps, in order of the graph.
 */
export interface Run<F = unknown> extends AsyncIterable<Step<F>> {
  readonly id: string
  readonly pathspec: string
  readonly parent: Flow<F>
  readonly createdAt: Date
  /** Absent while it runs. Of an interrupted run: its last sign of life, when it left one. */
  readonly finishedAt: Date | undefined
  readonly status: RunStatus
  /** Nothing more happens in it: it succeeded, failed, was cancelled or interrupted. */
  readonly finished: boolean
  readonly successful: boolean
  /** The first failure; there as soon as it happens, while other tasks still run. */
  readonly error: RunError | undefined
  /** Who started it. */
  readonly user: string
  /** System tags, then those of the user. */
  readonly tags: readonly string[]
  readonly userTags: readonly string[]
  /** Set when the run was made; they never change. */
  readonly systemTags: readonly string[]
  /** As it was when the run was started. */
  readonly graph: FlowGraph
  readonly code: Code
  readonly record: RunRecord
  /** Pathspec of the run that this one resumes. */
  readonly originRun: string | undefined

  /** The steps of the graph in topological order, those too that did not run. */
  steps(): Promise<readonly Step<F>[]>
  /** Throws STEP_UNKNOWN. */
  step(name: string): Promise<Step<F>>
  /** `(await run.step(step)).task(id)`. */
  task(step: string, id?: string): Promise<Task<F>>
  /** The task of the end step, once it has ended. */
  endTask(): Promise<Task<F> | undefined>
  /** An artifact of the end task: a result of the run. Throws TASK_UNKNOWN as long as there is none, ARTIFACT_UNKNOWN. */
  get<K extends ArtifactName<F>>(name: K): Promise<F[K]>
  get<T = unknown>(name: string): Promise<T>
  /** All artifacts of the end task, loaded; `{}` when the run did not get there. */
  data(): Promise<ArtifactsOf<F>>
  /** The values of the flow's parameters. */
  parameters(): Promise<Readonly<Record<string, unknown>>>
  /** By step: how many tasks have ended, and how. */
  counts(): Promise<Readonly<Record<string, StepCounts>>>
  /** The run that this one resumes, whatever its namespace; `undefined` also when it has been deleted. */
  origin(): Promise<Run<F> | undefined>
  /** Tags that are there already change nothing. At most 50, of up to 500 characters. Throws TAG_INVALID, TAG_LIMIT. */
  addTag(tag: string): Promise<void>
  addTags(tags: Iterable<string>): Promise<void>
  /** Tags that are not there change nothing. Throws TAG_IMMUTABLE for a system tag. */
  removeTag(tag: string): Promise<void>
  removeTags(tags: Iterable<string>): Promise<void>
  /** Removes and adds in one change. */
  replaceTags(remove: Iterable<string>, add: Iterable<string>): Promise<void>
  /** Reads again what may have changed: status, error, tags. Resolves with this same object. */
  refresh(): Promise<Run<F>>
}

/** The code package a run was made from. */
export interface Code extends CodeRef {
  bytes(): Promise<Uint8Array>
}

/** One step of a run. Iterating it gives its tasks. */
export interface Step<F = unknown> extends AsyncIterable<Task<F>> {
  /** Its name. */
  readonly id: string
  readonly pathspec: string
  readonly parent: Run<F>
  /** Docstring, transition, decorators. */
  readonly node: StepNode
  /** The tasks that have ended, in order of their index; read while they are consumed, however many they are. */
  tasks(): AsyncIterable<Task<F>>
  /**
   * By id; without one, the step's only task: of a loop its last turn, of a foreach its first task.
   * Throws TASK_UNKNOWN, also while the task has not ended.
   */
  task(id?: string): Promise<Task<F>>
  counts(): Promise<StepCounts>
  /** The steps whose transition leads here, and those that this one's leads to. */
  parents(): Promise<readonly Step<F>[]>
  children(): Promise<readonly Step<F>[]>
}

/** One task. Iterating it gives its artifacts. */
export interface Task<F = unknown> extends Iterable<Artifact> {
  /** Foreach indices joined by `.`, `0` outside any foreach; the turn of a loop after `~`. */
  readonly id: string
  readonly pathspec: string
  readonly parent: Step<F>
  /** Index in the innermost foreach; absent outside. */
  readonly index: number | undefined
  /** `caught`: failed for good, and its `@catchError` let the flow go on. Absent: it waits for its next attempt. */
  readonly outcome: 'succeeded' | 'caught' | 'failed' | undefined
  readonly finished: boolean
  /** Its flow went on after it: it succeeded or was caught. */
  readonly successful: boolean
  /** What it failed with; of a caught task too. */
  readonly error: TaskError | undefined
  /** Number of the last attempt that ended, from 0. */
  readonly attemptNumber: number
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  /** By name. They are loaded by `value()`. */
  readonly artifacts: Readonly<Record<string, Artifact>>

  has(name: string): boolean
  /** Throws ARTIFACT_UNKNOWN. */
  artifact(name: string): Artifact
  /** The artifact's value, decoded afresh at each call. Throws ARTIFACT_UNKNOWN. */
  get<K extends ArtifactName<F>>(name: K): Promise<F[K]>
  get<T = unknown>(name: string): Promise<T>
  /** All artifacts, loaded. */
  data(): Promise<ArtifactsOf<F>>
  /** What it wrote in its last attempt, lines joined by `\n`. */
  stdout(): Promise<string>
  stderr(): Promise<string>
  /** Both, in the order of their times. */
  log(): Promise<string>
  logLines(): Promise<readonly LogLine[]>
  /** Its attempts that have ended, first one first; of an adopted task only the last. */
  attempts(): Promise<readonly Attempt[]>
  /** Throws ATTEMPT_UNKNOWN. */
  attempt(number: number): Promise<Attempt>
  /** Whether a resumed run took it over from its origin. */
  adopted(): Promise<boolean>
  /** The same task in the origin of its run, when it was taken over from there and the origin still exists. */
  origin(): Promise<Task<F> | undefined>
  /** The tasks it started from: one, or the inputs of a join. */
  parents(): AsyncIterable<Task<F>>
  /** The tasks that followed, as far as they have ended. */
  children(): AsyncIterable<Task<F>>
}

/** One try of a task. */
export interface Attempt {
  /** From 0. */
  readonly number: number
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly error: TaskError | undefined
  stdout(): Promise<string>
  stderr(): Promise<string>
  log(): Promise<string>
  logLines(): Promise<readonly LogLine[]>
}

export interface LogLine {
  readonly at: Date
  readonly stream: 'stdout' | 'stderr'
  /** Without its line end. */
  readonly text: string
}

/** A value that a task stored under a name. */
export interface Artifact<T = unknown> {
  /** Its name. */
  readonly id: string
  readonly pathspec: string
  readonly parent: Task
  /** For people: `number`, `Array(3)`, `Model`. */
  readonly type: string
  /** Bytes of the encoded value. */
  readonly size: number
  /** SHA-256 of the encoded value: equal hashes, equal values. */
  readonly hash: string
  /** For people: one line. */
  readonly preview: string
  readonly ref: ArtifactRef
  /** Loads and decodes it afresh. */
  value(): Promise<T>
}

/** The fields of a flow class that can be artifacts. */
export type ArtifactName<F> = {
  [K in keyof F]: F[K] extends (...args: never[]) => unknown ? never : K
}[keyof F] &
  string

/** The artifacts of a task of flow `F`: any of them may be missing. */
export type ArtifactsOf<F> = unknown extends F
  ? Readonly<Record<string, unknown>>
  : Readonly<Partial<Pick<F, ArtifactName<F>>>>

import { setMaxListeners } from 'node:events'
import {
  bodiesAtOnce,
  chainFrom,
  SLICE_TARGET_MS,
  type ArtifactRef,
  type Commit,
  type Slice,
  type SlicePlan,
  type TaskError,
} from '@flowctl/core'
import { encodeValue } from '@flowctl/datastore'
import type { RunContext } from './run-context.ts'
import type { TaskProcess } from '../processes/task-process.ts'
import type { ForeachSource, SliceInput, SliceRequest, TaskAnswer } from '@flowctl/runtime'
import { commitOf } from './commit-slice.ts'
import { execute, type Execution, type ExecutionResult, type Suspect } from './execution.ts'
import { caughtValue, verdict } from './verdict.ts'
import { writeLogs } from './write-logs.ts'

export interface SliceWork {
  readonly slice: Slice
  readonly input: SliceInput
  readonly foreaches: readonly ForeachSource[]
  readonly firstBatch: (split: string, count: number) => SlicePlan | undefined
  /** Asked when a process is ready for it. `undefined`: it may start, and need not be waited for. @default it may */
  readonly mayStart?: () => Promise<boolean> | undefined
  /** Told what came of the slice before that is committed. If it went well, the process is free again. */
  readonly executed?: (result: ExecutionResult) => void
}

/** Executes slices on task processes and makes what came of them real. */
export class SliceRunner {
  readonly #context: RunContext
  readonly #host: string
  readonly #going = new Set<Execution>()
  readonly #cancelling = new AbortController()
  #draining = false

  constructor(context: RunContext, host: string) {
    this.#context = context
    this.#host = host
    // Everybody who waits for a process listens to it.
    setMaxListeners(0, this.#cancelling.signal)
  }

  /** Slices that a process is executing now. */
  get executing(): number {
    return this.#going.size
  }

  /**
   * The commit that stands for the slice now: this execution's, or the one that was quicker. `undefined` when it was cancelled, had
   * not started when the run was stopped, or may not start.
   */
  async run(work: SliceWork): Promise<Commit | undefined> {
    const { pool, record } = this.#context
    const process = await this.#acquire(work.slice)
    if (process === undefined) return undefined
    let reusable = false
    let release = (): void => {
      release = () => {}
      pool.release(process, reusable)
    }
    try {
      const asked = work.mayStart?.()
      if (asked !== undefined && (!(await asked) || this.#draining || this.#cancelling.signal.aborted)) {
        reusable = true
        return undefined
      }
      const result = await this.#timed('execute', () => this.#execute(process, work))
      reusable = result.reusable && !record.options.isolate
      // After a failure it has to be known first whether that stops the run.
      if (work.executed !== undefined && isWell(result)) release()
      work.executed?.(result)
      return await this.#timed('commit', () => this.#commit(work, result))
    } finally {
      release()
    }
  }

  /** Slices that run hand back what they have not started; no other slice starts. */
  drain(): void {
    this.#draining = true
    for (const execution of this.#going) execution.drain()
  }

  cancel(): void {
    this.#cancelling.abort()
    for (const execution of this.#going) execution.cancel()
  }

  async #acquire(slice: Slice): Promise<TaskProcess | undefined> {
    const { graph, pool, record } = this.#context
    const vars = graph.steps[slice.entry]?.decorators.environment?.vars ?? {}
    const { signal } = this.#cancelling
    try {
      const process = await pool.acquire({ vars, fresh: record.options.isolate, signal })
      if (!signal.aborted && !this.#draining) return process
      pool.release(process)
      return undefined
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
  }

  async #execute(process: TaskProcess, work: SliceWork): Promise<ExecutionResult> {
    const { graph, record, now } = this.#context
    this.#open(process)
    const execution = execute(process, this.#request(work), {
      graph,
      maxLogBytes: record.options.maxLogBytes,
      now,
      watcher: this.#watcher(process, () => execution.drain()),
    })
    this.#going.add(execution)
    try {
      return await execution.result
    } finally {
      this.#going.delete(execution)
    }
  }

  async #timed<T>(what: 'execute' | 'commit', action: () => Promise<T>): Promise<T> {
    const { now, measured } = this.#context
    const from = now()
    const result = await action()
    measured?.(what, now() - from)
    return result
  }

  #open(process: TaskProcess): void {
    const { record, tags, graph } = this.#context
    if (process.openedRun === record.run) return
    process.openedRun = record.run
    const { run, user, parameters, options, origin } = record
    const originRun = origin === undefined ? {} : { originRun: origin.run }
    process.send({ type: 'open', run, user, tags, graph, parameters, options, ...originRun })
  }

  #request(work: SliceWork): SliceRequest {
    const { slice, input, foreaches } = work
    const { head, entry, path, turn, attempt, range } = slice
    const chain = range === undefined ? [entry] : chainFrom(this.#context.graph, head)
    const limited = chain.some((step) => this.#context.graph.steps[step]?.decorators.timeout !== undefined)
    const single = range === undefined || range.to - range.from === 1
    return {
      type: 'slice',
      head,
      chain,
      entry,
      path,
      turn,
      attempt,
      foreaches,
      input,
      // Of tasks that run at once only those are suspected that were under way.
      cautious: single || limited || slice.reason === 'crash' || bodiesAtOnce(this.#context.graph, head) > 1,
      ...(range === undefined ? {} : { range, targetMs: SLICE_TARGET_MS }),
    }
  }

  #watcher(process: TaskProcess, drain: () => void): Parameters<typeof execute>[2]['watcher'] {
    const { emit, graph } = this.#context
    const { pid } = process
    return {
      started: ({ step, task, attempt, at, input }) =>
        emit({ type: 'task-started', step, task, attempt, at, pid, ...(input === undefined ? {} : { input }) }),
      line: ({ step, task, attempt, at, stream, text }) =>
        emit({ type: 'line', step, task, attempt, at, stream, text, pid }),
      ended: (answer) => {
        this.#tellEnded(answer, pid)
        if (answer.result.ok) return
        const decided = verdict(graph.steps[answer.step]?.decorators ?? {}, answer.attempt, answer.endedAt)
        if (decided.type === 'failed') drain()
      },
    }
  }

  #tellEnded(answer: Omit<TaskAnswer, 'type'>, pid: number): void {
    const { emit, graph } = this.#context
    const { step, task, attempt, startedAt, endedAt: at, input, result } = answer
    const ended = { type: 'task-ended', step, task, attempt, startedAt, at, pid } as const
    if (result.ok) {
      const { taken } = result
      if (taken.kind === 'foreach') {
        emit({ type: 'foreach-opened', at, step, task, to: taken.to, count: taken.count })
      }
      const outcome = 'succeeded'
      if (input === undefined) emit({ type: 'task-ended', step, task, attempt, startedAt, at, pid, outcome })
      else emit({ type: 'task-ended', step, task, attempt, startedAt, at, pid, outcome, input })
      return
    }
    const item = input === undefined ? {} : { input }
    const decided = verdict(graph.steps[step]?.decorators ?? {}, attempt, at)
    const outcome = decided.type === 'retry' ? 'retrying' : decided.type
    const retryAt = decided.type === 'retry' ? { retryAt: decided.notBefore } : {}
    emit({ ...ended, ...item, outcome, error: result.error, ...retryAt })
  }

  async #commit(work: SliceWork, result: ExecutionResult): Promise<Commit | undefined> {
    const { slice, firstBatch, input } = work
    const { graph, store, now, nonce } = this.#context
    const suspects = result.death?.suspects ?? []
    if (result.death?.cancelled !== true) for (const suspect of suspects) this.#tellDeath(suspect, result.pid)
    const execution = nonce()
    const attempts = [...result.answers, ...suspects.map((one) => one.attempt)]
    const logOf = await writeLogs(store, slice, execution, attempts, result.logs)
    const caught = await this.#caughtArtifacts(result)
    const commit = commitOf(slice, result, {
      graph,
      execution,
      host: this.#host,
      now: now(),
      carried: input.type === 'task' ? input : { artifacts: {} },
      caught: (error) => caught.get(error) as ArtifactRef,
      logOf,
      firstBatch,
      handBack: this.#draining ? 'drain' : 'time',
    })
    if (commit === undefined) return undefined
    if ((await store.putCommit(commit)) === 'written') {
      // What follows starts from it.
      this.#context.reader.keep(commit)
      return commit
    }
    return store.readCommit(commit.head, commit.key)
  }

  #tellDeath({ attempt: started, error }: Suspect, pid: number): void {
    const { step, task, attempt, at, input } = started
    const ended = { step, task, attempt, startedAt: at, endedAt: this.#context.now() }
    const result = { ok: false, error } as const
    this.#tellEnded(input === undefined ? { ...ended, result } : { ...ended, input, result }, pid)
  }

  /** The errors that `@catchError({ var })` keeps, stored. */
  async #caughtArtifacts(result: ExecutionResult): Promise<ReadonlyMap<TaskError, ArtifactRef>> {
    const { graph, artifacts } = this.#context
    const failed: [string, TaskError][] = []
    for (const { step, result: outcome } of result.answers) if (!outcome.ok) failed.push([step, outcome.error])
    for (const { attempt, error } of result.death?.suspects ?? []) failed.push([attempt.step, error])
    const stored = new Map<TaskError, ArtifactRef>()
    for (const [step, error] of failed) {
      const name = graph.steps[step]?.decorators.catchError?.var
      if (name !== undefined) stored.set(error, await artifacts.save(encodeValue(caughtValue(error), name)))
    }
    return stored
  }
}

/** No task failed, though some may not have been started. */
export function isWell({ answers, death }: ExecutionResult): boolean {
  return death === undefined && answers.every(({ result }) => result.ok)
}

import { setMaxListeners } from 'node:events'
import type { ArtifactRef, Commit, Slice, TaskError } from '@flowctl/core'
import type { RunContext } from './run-context.ts'
import type { TaskProcess } from '../processes/task-process.ts'
import { carriedBy, saveCaught } from './caught.ts'
import { commitOf } from './commit-slice.ts'
import type { EndedAttempt } from './ended-attempt.ts'
import { execute, type Execution, type ExecutionResult } from './execution.ts'
import { tellEnded, tellingWatcher } from './slice-events.ts'
import { sliceRequest, type SliceWork } from './slice-request.ts'
import { writeLogs } from './write-logs.ts'

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
    const execution = execute(process, sliceRequest(graph, work), {
      graph,
      maxLogBytes: record.options.maxLogBytes,
      now,
      watcher: tellingWatcher(this.#context, process.pid, () => execution.drain()),
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

  async #commit(work: SliceWork, result: ExecutionResult): Promise<Commit | undefined> {
    const { slice, firstBatch, input } = work
    const { graph, store, nonce } = this.#context
    const suspects = result.death?.suspects ?? []
    if (result.death?.cancelled !== true) for (const one of suspects) tellEnded(this.#context, one, result.pid)
    const execution = nonce()
    const attempts = [...result.answers, ...suspects]
    const logOf = await writeLogs(store, slice, execution, attempts, result.logs)
    const caught = await this.#caughtArtifacts(attempts)
    const commit = commitOf(slice, result, {
      graph,
      execution,
      host: this.#host,
      carried: carriedBy(input),
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

  /** The errors that `@catchError({ var })` keeps, stored. */
  async #caughtArtifacts(attempts: readonly EndedAttempt[]): Promise<ReadonlyMap<TaskError, ArtifactRef>> {
    const stored = new Map<TaskError, ArtifactRef>()
    for (const attempt of attempts) {
      if (attempt.verdict === undefined || attempt.verdict.type !== 'caught') continue
      const { error } = attempt.result
      const artifact = await saveCaught(this.#context, attempt.step, error)
      if (artifact !== undefined) stored.set(error, artifact)
    }
    return stored
  }
}

/** No task failed, though some may not have been started. */
export function isWell({ answers, death }: ExecutionResult): boolean {
  return death === undefined && answers.every(({ result }) => result.ok)
}

import { flowError, FlowctlError, FlowProblems, type ArtifactMap, type FlowDescription } from '@flowctl/core'
import type { Answer, BindRequest, LoadRequest, RefusedError } from '../protocol.ts'
import { TaskProcess, type ProcessListener } from './task-process.ts'
import { Turns } from './turns.ts'

export interface PoolOptions {
  /** Processes at most. */
  readonly size: number
  /** The compiled main module of the task process. @default the one beside this module */
  readonly entry?: URL
  /** What every process loads first. */
  readonly load: Omit<LoadRequest, 'type'>
  /** Environment of the processes; what a step's `@environment` sets comes on top. */
  readonly env: NodeJS.ProcessEnv
}

export interface Wanted {
  /** Environment variables on top of the pool's. @default none */
  readonly vars?: Readonly<Record<string, string>>
  /** A process that has done nothing yet. @default false */
  readonly fresh?: boolean
  /** Ends the waiting for a process, and its start: `acquire` rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const ENTRY = new URL('../task-process/main.js', import.meta.url)

/**
 * Warm task processes that have loaded one code package, for any number of runs of it at a time. A process with other environment
 * variables is another kind of process.
 */
export class ProcessPool {
  readonly #options: PoolOptions
  readonly #turns: Turns
  /** Loaded and unused, the longest unused first. */
  readonly #idle: { readonly process: TaskProcess; readonly kind: string }[] = []
  /** In use or starting, with their kind. */
  readonly #busy = new Map<TaskProcess, string>()
  #description: FlowDescription | undefined
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#turns = new Turns(options.size)
  }

  get size(): number {
    return this.#options.size
  }

  /** Processes that are alive, busy ones and idle ones. */
  get count(): number {
    return this.#idle.length + this.#busy.size
  }

  get idle(): number {
    return this.#idle.length
  }

  /** Ends the process that has been idle longest, if one is. */
  evict(): void {
    const oldest = this.#idle.shift()
    if (oldest !== undefined) end(oldest.process)
  }

  /** Loads the flow in a process of the pool and says what only running its file can tell. Throws FlowProblems. */
  async describe(): Promise<FlowDescription> {
    if (this.#description === undefined) this.release(await this.acquire())
    return this.#description as FlowDescription
  }

  /**
   * Parses, validates and stores the parameters' values. Throws FlowProblems with all that is wrong. It waits for nobody: when
   * the pool is in full use, there is one process more for a moment.
   */
  async bind(request: Omit<BindRequest, 'type'>): Promise<ArtifactMap> {
    this.#turns.takeExtra()
    const process = await this.#provide({})
    try {
      const answering = firstAnswer(process, (answer) => answer.type === 'bound' || answer.type === 'refused')
      process.send({ type: 'bind', ...request })
      const answer = await answering
      if (answer.type === 'refused') throw problemsOf(answer.errors)
      return answer.type === 'bound' ? answer.parameters : {}
    } finally {
      this.release(process)
    }
  }

  /** A loaded process that nobody else uses; when `size` are in use, the next that is released, first come first served. */
  async acquire(wanted: Wanted = {}): Promise<TaskProcess> {
    await this.#turns.take(wanted.signal)
    return this.#provide(wanted)
  }

  /** Gives a process back. One that is dead, or not to be used again, is replaced when there is need. */
  release(process: TaskProcess, reusable = true): void {
    const kind = this.#busy.get(process)
    if (kind === undefined) return
    this.#busy.delete(process)
    if (reusable && process.alive && this.count < this.#options.size) {
      process.listen(this.#idleListener(process))
      this.#idle.push({ process, kind })
    } else {
      end(process)
    }
    this.#turns.give()
  }

  /** Kills all processes. Whoever uses one hears of its end; whoever waits for one is refused. */
  close(): void {
    this.#closed = true
    this.#turns.refuse(closedError())
    for (const { process } of this.#idle.splice(0)) end(process)
    for (const process of this.#busy.keys()) process.kill()
  }

  /** For whoever has a turn; it is given back when there is no process. */
  async #provide({ vars = {}, fresh = false, signal }: Wanted): Promise<TaskProcess> {
    const kind = JSON.stringify(vars)
    try {
      if (this.#closed) throw closedError()
      const warm = fresh ? undefined : this.#warm(kind)
      if (warm !== undefined) return warm
      if (this.count >= this.#options.size) this.evict()
      return await this.#start(vars, kind, signal)
    } catch (error) {
      this.#turns.give()
      throw error
    }
  }

  #warm(kind: string): TaskProcess | undefined {
    for (;;) {
      const at = this.#idle.findLastIndex((one) => one.kind === kind)
      if (at < 0) return undefined
      const [found] = this.#idle.splice(at, 1)
      if (found?.process.alive !== true) continue
      found.process.listen(undefined)
      this.#busy.set(found.process, kind)
      return found.process
    }
  }

  async #start(
    vars: Readonly<Record<string, string>>,
    kind: string,
    signal: AbortSignal | undefined,
  ): Promise<TaskProcess> {
    signal?.throwIfAborted()
    const process = startProcess(this.#options.entry ?? ENTRY, { ...this.#options.env, ...vars })
    this.#busy.set(process, kind)
    const abort = (): void => process.kill()
    signal?.addEventListener('abort', abort)
    try {
      const answering = firstAnswer(process, (answer) => answer.type === 'loaded' || answer.type === 'refused')
      process.send({ type: 'load', ...this.#options.load })
      const answer = await answering
      if (answer.type === 'refused') throw problemsOf(answer.errors)
      signal?.throwIfAborted()
      if (answer.type === 'loaded') this.#description = answer.description
      process.listen(undefined)
      return process
    } catch (error) {
      this.#busy.delete(process)
      end(process)
      throw signal?.aborted === true ? signal.reason : error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** A process that dies while nobody uses it leaves its place to others. */
  #idleListener(process: TaskProcess): ProcessListener {
    return {
      answer: () => {},
      output: () => {},
      exit: () => {
        const at = this.#idle.findIndex((one) => one.process === process)
        if (at >= 0) this.#idle.splice(at, 1)
      },
    }
  }
}

function startProcess(entry: URL, env: NodeJS.ProcessEnv): TaskProcess {
  try {
    return new TaskProcess({ entry, env })
  } catch (error) {
    throw flowError('TASK_PROCESS_UNUSABLE', { reason: (error as Error).message }, { cause: error })
  }
}

function end(process: TaskProcess): void {
  process.listen(undefined)
  process.kill()
}

function closedError(): FlowctlError {
  return flowError('TASK_PROCESS_UNUSABLE', { reason: 'the flow was closed.' })
}

function firstAnswer(process: TaskProcess, wanted: (answer: Answer) => boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let output = ''
    process.listen({
      answer: (answer) => {
        if (wanted(answer)) resolve(answer)
      },
      output: (_, text) => {
        output = (output + text).slice(-2000)
      },
      exit: (exit) => {
        const how = exit.signal === null ? `exit code ${String(exit.code)}` : `signal ${exit.signal}`
        const reason = `it ended with ${how} before it was ready. ${output.trim()}`.trim()
        reject(flowError('TASK_PROCESS_UNUSABLE', { reason }))
      },
    })
  })
}

/** Errors that a task process refused a request with, as they were there. */
function problemsOf(errors: readonly RefusedError[]): FlowProblems {
  return new FlowProblems(
    errors.map((error) => {
      const text = { message: error.message, fix: error.fix ?? '', exit: 2 as const, details: error.details }
      const problem = new FlowctlError(error.code ?? error.name, text, { cause: error.cause })
      if (error.stack !== undefined) problem.stack = error.stack
      return problem
    }),
  )
}

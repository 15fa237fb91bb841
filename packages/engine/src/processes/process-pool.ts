import { Turns } from '@flowctl/basics'
import { flowError, type ArtifactMap, type FlowctlError, type FlowDescription } from '@flowctl/core'
import type { BindRequest, LoadRequest } from '@flowctl/runtime'
import { Claims } from './claims.ts'
import { answerTo } from './first-answer.ts'
import { TaskProcess, type ProcessListener } from './task-process.ts'

export interface PoolOptions {
  /** Processes at most. */
  readonly size: number
  /** The file that a task process is started with. */
  readonly entry: URL
  /** What every process loads first. */
  readonly load: Omit<LoadRequest, 'type'>
  /** Environment of the processes; what a step's `@environment` sets comes on top. */
  readonly env: NodeJS.ProcessEnv
}

export interface ProcessRequest {
  /** Environment variables on top of the pool's. @default none */
  readonly vars?: Readonly<Record<string, string>>
  /** A process that has done nothing yet. @default false */
  readonly fresh?: boolean
  /** Ends the waiting for a process, and its start: `acquire` rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What runs need of a pool. */
export type TaskProcesses = Pick<ProcessPool, 'acquire' | 'release' | 'size'>

/**
 * Warm task processes that have loaded one code package, for any number of runs of it at a time. A process with other environment
 * variables is another kind of process.
 */
export class ProcessPool {
  readonly #options: PoolOptions
  readonly #turns: Turns
  /** Loaded and unused, the longest unused first. */
  readonly #idle: { readonly process: TaskProcess; readonly kind: string }[] = []
  /** In use, with their kind. */
  readonly #busy = new Map<TaskProcess, string>()
  /** Not loaded yet, with what they are started for. */
  readonly #starting = new Map<TaskProcess, string>()
  /** Who waits for a process: the next that is ready, whether it was started for them or given back by somebody. */
  readonly #claims = new Claims()
  #fresh = 0
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
    return this.#idle.length + this.#busy.size + this.#starting.size
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
      return (await answerTo(process, { type: 'bind', ...request }, 'bound')).parameters
    } finally {
      this.release(process)
    }
  }

  /** A loaded process that nobody else uses; when `size` are in use, the next that is released, first come first served. */
  async acquire(wanted: ProcessRequest = {}): Promise<TaskProcess> {
    await this.#turns.take(wanted.signal)
    return this.#provide(wanted)
  }

  /** Gives a process back. One that is dead, or not to be used again, is replaced when there is need. */
  release(process: TaskProcess, reusable = true): void {
    const kind = this.#busy.get(process)
    if (kind === undefined) return
    this.#busy.delete(process)
    if (reusable && process.alive) this.#offer(process, kind)
    else end(process)
    this.#turns.give()
  }

  /** Kills all processes. Whoever uses one hears of its end; whoever waits for one is refused. */
  close(): void {
    this.#closed = true
    this.#turns.refuse(closedError())
    for (const { process } of this.#idle.splice(0)) end(process)
    for (const process of [...this.#busy.keys(), ...this.#starting.keys()]) process.kill()
    this.#claims.rejectAll(closedError())
  }

  /** For whoever has a turn; it is given back when there is no process. */
  async #provide({ vars = {}, fresh = false, signal }: ProcessRequest): Promise<TaskProcess> {
    const kind = JSON.stringify(vars)
    try {
      signal?.throwIfAborted()
      if (this.#closed) throw closedError()
      const warm = fresh ? undefined : this.#warm(kind)
      if (warm !== undefined) return warm
      // A process for one alone is told from all others of its kind.
      const wanted = fresh ? `${kind} for one alone: ${(this.#fresh += 1)}` : kind
      const claimed = this.#claims.wait(wanted, signal, () => this.#endNeedless(wanted))
      if (this.#startingOf(wanted) < this.#claims.count(wanted)) void this.#start(vars, kind, wanted)
      return await claimed
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

  /** A process that is ready goes to whoever has waited longest for it, else it stays warm. */
  #offer(process: TaskProcess, kind: string, wanted: string = kind): void {
    const claim = this.#claims.next(wanted)
    if (claim !== undefined) {
      process.listen(undefined)
      this.#busy.set(process, kind)
      claim.resolve(process)
    } else if (!this.#closed && this.count < this.#options.size) {
      process.listen(this.#idleListener(process))
      this.#idle.push({ process, kind })
    } else {
      end(process)
    }
  }

  async #start(vars: Readonly<Record<string, string>>, kind: string, wanted: string): Promise<void> {
    let process: TaskProcess | undefined
    try {
      this.#makeRoom()
      process = startProcess(this.#options.entry, { ...this.#options.env, ...vars })
      this.#starting.set(process, wanted)
      this.#description = (await answerTo(process, { type: 'load', ...this.#options.load }, 'loaded')).description
      this.#starting.delete(process)
      this.#offer(process, kind, wanted)
    } catch (error) {
      if (process !== undefined) {
        this.#starting.delete(process)
        end(process)
      }
      this.#claims.next(wanted)?.reject(error)
    }
  }

  /** Idle processes make room for others, and so do those that start for nobody any more. */
  #makeRoom(): void {
    while (this.count >= this.#options.size && this.#idle.length > 0) this.evict()
    if (this.count < this.#options.size) return
    for (const wanted of new Set(this.#starting.values())) this.#endNeedless(wanted)
  }

  #endNeedless(wanted: string): void {
    for (const [process, one] of this.#starting) {
      if (this.#startingOf(wanted) <= this.#claims.count(wanted)) return
      if (one === wanted) {
        this.#starting.delete(process)
        end(process)
      }
    }
  }

  #startingOf(wanted: string): number {
    return [...this.#starting.values()].filter((one) => one === wanted).length
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

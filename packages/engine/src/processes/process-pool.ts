import { flowError, FlowctlError, FlowProblems, type ArtifactMap, type FlowDescription, type TaskError } from '@flowctl/core'
import type { Answer, BindRequest, LoadRequest } from '../protocol.ts'
import { TaskProcess } from './task-process.ts'

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

const ENTRY = new URL('../task-process/main.js', import.meta.url)

type Vars = Readonly<Record<string, string>>
const NO_VARS: Vars = {}

/** Warm task processes that have loaded one code package. A process with other environment variables is another kind of process. */
export class ProcessPool {
  readonly #options: PoolOptions
  readonly #idle: { process: TaskProcess; kind: string }[] = []
  readonly #all = new Map<TaskProcess, string>()
  #description: FlowDescription | undefined

  constructor(options: PoolOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#options.size
  }

  /** Loads the flow in a process of the pool and says what only running its file can tell. Throws FlowProblems. */
  async describe(): Promise<FlowDescription> {
    if (this.#description === undefined) this.release(await this.acquire())
    return this.#description as FlowDescription
  }

  /** Parses, validates and stores the parameters' values. Throws FlowProblems with all that is wrong. */
  async bind(request: Omit<BindRequest, 'type'>): Promise<ArtifactMap> {
    const process = await this.acquire()
    const answering = firstAnswer(process, (answer) => answer.type === 'bound' || answer.type === 'refused')
    process.send({ type: 'bind', ...request })
    const answer = await answering
    this.release(process)
    if (answer.type === 'refused') throw problemsOf(answer.errors)
    return answer.type === 'bound' ? answer.parameters : {}
  }

  /** A loaded process that nobody else uses. The caller keeps to the pool's size: it holds at most `size` at a time. */
  async acquire(vars: Vars = NO_VARS, fresh = false): Promise<TaskProcess> {
    const kind = JSON.stringify(vars)
    if (!fresh) {
      const at = this.#idle.findLastIndex((one) => one.kind === kind)
      if (at >= 0) {
        const [found] = this.#idle.splice(at, 1)
        if (found !== undefined && found.process.alive) return found.process
        return this.acquire(vars)
      }
    }
    if (this.#all.size >= this.#options.size) this.#discard(this.#idle.shift()?.process)
    return this.#start(vars, kind)
  }

  /** Gives a process back. One that is dead, or not to be used again, is replaced when there is need. */
  release(process: TaskProcess, reusable = true): void {
    process.listen(undefined)
    const kind = this.#all.get(process)
    if (kind === undefined) return
    if (reusable && process.alive) this.#idle.push({ process, kind })
    else this.#discard(process)
  }

  /** Kills all processes, busy ones too. */
  close(): void {
    for (const process of [...this.#all.keys()]) this.#discard(process)
    this.#idle.length = 0
  }

  async #start(vars: Vars, kind: string): Promise<TaskProcess> {
    const process = new TaskProcess({ entry: this.#options.entry ?? ENTRY, env: { ...this.#options.env, ...vars } })
    this.#all.set(process, kind)
    const answering = firstAnswer(process, (answer) => answer.type === 'loaded' || answer.type === 'refused')
    process.send({ type: 'load', ...this.#options.load })
    try {
      const answer = await answering
      if (answer.type === 'refused') throw problemsOf(answer.errors)
      if (answer.type === 'loaded') this.#description = answer.description
      process.listen(undefined)
      return process
    } catch (error) {
      this.#discard(process)
      throw error
    }
  }

  #discard(process: TaskProcess | undefined): void {
    if (process === undefined) return
    process.listen(undefined)
    this.#all.delete(process)
    process.kill()
  }
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
function problemsOf(errors: readonly TaskError[]): FlowProblems {
  return new FlowProblems(
    errors.map((error) => {
      const text = { message: error.message, fix: error.fix ?? '', exit: 2 as const, details: undefined }
      const problem = new FlowctlError(error.code ?? error.name, text, { cause: error.cause })
      if (error.stack !== undefined) problem.stack = error.stack
      return problem
    }),
  )
}

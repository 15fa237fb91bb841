import type { CurrentInfo } from '@flowctl/core'
import type { RunSession } from '../session/run-session.ts'
import type { ProcessState } from '../isolation/process-state.ts'
import type { Task } from './task.ts'

/** What `current` tells while a task runs; made for every task, so nothing is computed before it is asked for. */
export class CurrentTask implements CurrentInfo {
  readonly #session: RunSession
  readonly #task: Task
  readonly #surroundings: ProcessState
  #parameters: Readonly<Record<string, unknown>> | undefined

  constructor(session: RunSession, task: Task, surroundings: ProcessState) {
    this.#session = session
    this.#task = task
    this.#surroundings = surroundings
  }

  get flowName(): string {
    return this.#session.graph.flow
  }
  get runId(): string {
    return this.#session.open.run
  }
  get stepName(): string {
    return this.#task.step
  }
  get taskId(): string {
    return this.#task.plan.id
  }
  get attempt(): number {
    return this.#task.plan.attempt
  }
  get pathspec(): string {
    return `${this.flowName}/${this.runId}/${this.stepName}/${this.taskId}`
  }
  get originRunId(): string | undefined {
    return this.#session.open.originRun
  }
  get tags(): readonly string[] {
    return this.#session.open.tags
  }
  get user(): string {
    return this.#session.open.user
  }
  get tempDir(): string {
    return this.#surroundings.tempDir(this)
  }
  get parameters(): Readonly<Record<string, unknown>> {
    if (this.#parameters !== undefined) return this.#parameters
    const parameters = {}
    for (const name of this.#session.parameters.names) {
      Object.defineProperty(parameters, name, { enumerable: true, get: () => this.#task.readParameter(name) })
    }
    return (this.#parameters = Object.freeze(parameters))
  }
}

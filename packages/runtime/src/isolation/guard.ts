import { framesOf } from '@flowctl/core'
import type { AnswerPipe } from '../answers/answer-pipe.ts'
import type { LogCapture } from '../answers/logs.ts'
import type { Failure, RunningTask, RunningTasks } from '../answers/running-tasks.ts'

/**
 * Watches over the tasks that are running: an exception that nobody caught fails the task it comes from, `process.exit` says where it
 * was called, and a step whose promise can never settle is found out.
 */
export class TaskGuard {
  readonly #pipe: AnswerPipe
  readonly #logs: LogCapture
  readonly #tasks: RunningTasks
  /** Tasks that are waited for, with what makes the error for a promise that nothing can settle. */
  readonly #waiting = new Map<RunningTask, () => unknown>()
  #doubtful = false

  constructor(pipe: AnswerPipe, logs: LogCapture, tasks: RunningTasks) {
    this.#pipe = pipe
    this.#logs = logs
    this.#tasks = tasks
  }

  /** Whether an uncaught error has been seen: user code may be in any state, the process should not go on for long. */
  get doubtful(): boolean {
    return this.#doubtful
  }

  install(): void {
    // Unhandled rejections come here, too, unless the user's code listens to them.
    process.on('uncaughtException', (error) => this.#uncaught(error))
    const exit = process.exit.bind(process)
    process.exit = (code?: number | string | null): never => {
      if (this.#tasks.running.size > 0) this.#sayExiting(Number(code ?? process.exitCode ?? 0))
      return exit(code)
    }
    process.on('beforeExit', () => {
      // What follows from the end of one may be another that is waited for: those wait for nothing now.
      for (const [task, stuck] of [...this.#waiting]) task.onFailure?.({ error: stuck() })
    })
  }

  /** Throws what failed a task outside its call stack since it began. */
  check(task: RunningTask): void {
    if (task.failure !== undefined) throw task.failure.error
  }

  /** Waits for an async step, or for what fails it from outside. `stuck` makes the error for a promise that nothing can settle. */
  async watch(task: RunningTask, running: PromiseLike<unknown>, stuck: () => unknown): Promise<void> {
    const failed = new Promise<Failure>((resolve) => {
      task.onFailure = resolve
    })
    this.#pipe.flushSoon()
    // Without the channel's handle an event loop with nothing left to do is seen as such.
    if (this.#waiting.size === 0) process.channel?.unref()
    this.#waiting.set(task, stuck)
    try {
      const failure = await Promise.race([Promise.resolve(running).then(() => undefined), failed])
      if (failure !== undefined) throw failure.error
    } finally {
      task.onFailure = undefined
      this.#waiting.delete(task)
      if (this.#waiting.size === 0) process.channel?.ref()
    }
  }

  #uncaught(error: unknown): void {
    const task = this.#tasks.here
    if (task === undefined || this.#tasks.running.size === 0) {
      process.stderr.write(textOf(error))
      // Of several tasks nobody can be told to be guilty: the parent finds out.
      process.exit(1)
    }
    this.#doubtful = true
    // Too late to fail: it is told where it is looked for.
    if (task.ended) process.stderr.write(textOf(error))
    else {
      task.failure ??= { error }
      task.onFailure?.(task.failure)
    }
  }

  #sayExiting(code: number): void {
    const stack = framesOf(new Error(`process.exit(${code})`)) ?? ''
    const { here, running } = this.#tasks
    for (const task of running) this.#logs.flushPartial(task)
    const by =
      here === undefined || here.ended ? {} : { by: { step: here.step, task: here.task, attempt: here.attempt } }
    this.#pipe.push({ type: 'exiting', code, stack, ...by })
    this.#pipe.flush()
  }
}

function textOf(error: unknown): string {
  return `${error instanceof Error ? String(error.stack) : String(error)}\n`
}

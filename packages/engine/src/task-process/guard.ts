import type { AnswerPipe } from './answers.ts'
import type { LogCapture } from './logs.ts'
import { framesOnly } from './task-error.ts'

/** What can end a task from outside its call stack. */
type Failure = { readonly error: unknown }

/**
 * Watches over the task that is running: an exception that nobody caught fails that task, `process.exit` says where it was
 * called, and a step whose promise can never settle is found out.
 */
export class TaskGuard {
  readonly #pipe: AnswerPipe
  readonly #logs: LogCapture
  #active = false
  #failure: Failure | undefined
  #fail: ((failure: Failure) => void) | undefined
  #stuck: (() => unknown) | undefined

  constructor(pipe: AnswerPipe, logs: LogCapture) {
    this.#pipe = pipe
    this.#logs = logs
  }

  /** Whether an uncaught error has been seen: user code may be in any state, the process should not go on for long. */
  get doubtful(): boolean {
    return this.#failure !== undefined
  }

  install(): void {
    // Unhandled rejections come here, too, unless the user's code listens to them.
    process.on('uncaughtException', (error) => {
      if (!this.#active) {
        process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`)
        process.exit(1)
      }
      this.#failure ??= { error }
      this.#fail?.(this.#failure)
    })
    const exit = process.exit.bind(process)
    process.exit = (code?: number | string | null): never => {
      if (this.#active) this.#sayExiting(Number(code ?? process.exitCode ?? 0))
      return exit(code)
    }
    process.on('beforeExit', () => {
      if (this.#active && this.#stuck !== undefined) this.#fail?.({ error: this.#stuck() })
    })
  }

  begin(): void {
    this.#active = true
  }

  end(): void {
    this.#active = false
  }

  /** Throws what failed outside the call stack since the task began. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Waits for an async step, or for what fails it from outside. `stuck` makes the error for a promise that nothing can settle. */
  async watch(running: PromiseLike<unknown>, stuck: () => unknown): Promise<void> {
    const failed = new Promise<Failure>((resolve) => {
      this.#fail = resolve
    })
    this.#stuck = stuck
    this.#pipe.flushSoon()
    // Without the channel's handle an event loop with nothing left to do is seen as such.
    process.channel?.unref()
    try {
      const failure = await Promise.race([Promise.resolve(running).then(() => undefined), failed])
      if (failure !== undefined) throw failure.error
    } finally {
      process.channel?.ref()
      this.#fail = undefined
      this.#stuck = undefined
    }
  }

  #sayExiting(code: number): void {
    const at = new Error(`process.exit(${code})`).stack ?? ''
    this.#logs.flushPartial()
    this.#pipe.push({ type: 'exiting', code, stack: framesOnly(at) ?? '' })
    this.#pipe.flush()
  }
}

import { spawn, type ChildProcess } from 'node:child_process'
import { lines } from './lines.ts'

export interface PartOptions {
  /** `coordinator`, `worker`. */
  readonly name: string
  /** The program and what comes before the name of the command. */
  readonly program: readonly [file: string, ...words: string[]]
  readonly words: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onLine: (line: string) => void
}

/** What a service says to the `up` that started it. */
export interface ReadyMessage {
  readonly type: 'ready'
  /** Where it serves health and metrics. */
  readonly url: string
}

/** How a process ended, for people: `exit code 1`, `SIGKILL`. */
export type Ended = string

/** A service as a child process. It ends by itself when this process is gone: it sees its channel close. */
export class Part {
  readonly name: string
  readonly ended: Promise<Ended>
  /** Rejects with how it ended, when it ends before it is ready. */
  readonly ready: Promise<ReadyMessage>
  readonly #child: ChildProcess
  #over = false

  constructor(options: PartOptions) {
    const { name, program, words, cwd, environment, onLine } = options
    const [file, ...before] = program
    this.name = name
    this.#child = spawn(file, [...before, ...words], {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C in a terminal goes to the whole group: `up` alone is to decide what it means.
      detached: true,
    })
    lines(this.#child.stdout, onLine)
    lines(this.#child.stderr, onLine)
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message))
      this.#child.once('close', (code, signal) => resolve(signal ?? `exit code ${String(code)}`))
    })
    this.ended.then(
      () => (this.#over = true),
      () => {},
    )
    this.ready = new Promise((resolve, reject) => {
      this.#child.on('message', (message: ReadyMessage) => {
        if (message.type === 'ready') resolve(message)
      })
      this.ended.then(reject, reject)
    })
    this.ready.catch(() => {})
  }

  /** 0 for a process that could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves when it has ended. One that does not within `limitMs` is killed. */
  async stop(limitMs: number): Promise<void> {
    if (!this.#over) this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.kill(), limitMs)
    await this.ended
    clearTimeout(timer)
  }

  kill(): void {
    if (!this.#over) this.#child.kill('SIGKILL')
  }
}

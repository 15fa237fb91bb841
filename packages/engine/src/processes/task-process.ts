import { fork, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Answer, type Frame, type Request, frameReader, eachAnswer } from '@flowctl/runtime'
import { systemMemoryKills, type ProcessExit } from './exit-cause.ts'

export interface TaskProcessOptions {
  /** The compiled main module of the task process. */
  readonly entry: URL
  readonly env: NodeJS.ProcessEnv
}

/** Who listens to a process. One at a time: the execution that uses it. */
export interface ProcessListener {
  answer(answer: Answer): void
  /** What reached the process's stdout or stderr without passing through its JavaScript streams. */
  output(stream: 'stdout' | 'stderr', text: string): void
  exit(exit: ProcessExit): void
}

const STDERR_TAIL_BYTES = 16_384
/** After its end a process's pipes are read for this long, in case something it started holds them open. */
const PIPES_GRACE_MS = 500

/** The parent's end of one task process. Throws what the system says when it cannot be started at all. */
export class TaskProcess {
  /** The run it was told to work for. */
  openedRun: string | undefined
  readonly #child: ChildProcess
  readonly #memoryKills = systemMemoryKills()
  #listener: ProcessListener | undefined
  #exiting: ProcessExit['exiting']
  #garbled = false
  #exit: ProcessExit | undefined
  #stderrTail = ''

  constructor(options: TaskProcessOptions) {
    this.#child = fork(fileURLToPath(options.entry), [], {
      env: options.env,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
    })
    // A process that cannot be started has an error and no exit; one that is gone has errors on its channel.
    this.#child.on('error', (error) => {
      if (this.#child.pid !== undefined) return
      this.#listener?.output('stderr', error.message)
      this.#ended(null, null)
    })
    this.#child.on('exit', (code, signal) => this.#exited(code, signal))
    // Without a process there may be no pipes either.
    if (this.#child.pid !== undefined) this.#readPipes()
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get alive(): boolean {
    return this.#exit === undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  listen(listener: ProcessListener | undefined): void {
    this.#listener = listener
    if (listener !== undefined && this.#exit !== undefined) listener.exit(this.#exit)
  }

  /** Requests to a process that is gone are dropped: its listener has heard, or will hear, of its end. */
  send(request: Request): void {
    if (this.#child.connected) this.#child.send(request, () => {})
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #readPipes(): void {
    const { stdio, stdout, stderr } = this.#child
    const frame = (entries: Frame): void => eachAnswer(entries, (answer) => this.#answer(answer))
    const garbage = (): void => {
      this.#garbled = true
      this.kill()
    }
    ;(stdio[3] as Readable).on('data', frameReader(frame, garbage))
    stdout?.setEncoding('utf8').on('data', (text: string) => this.#listener?.output('stdout', text))
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_BYTES)
      this.#listener?.output('stderr', text)
    })
  }

  #answer(answer: Answer): void {
    if (answer.type === 'exiting') this.#exiting = { code: answer.code, stack: answer.stack }
    this.#listener?.answer(answer)
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const late = setTimeout(() => {
      this.#ended(code, signal)
      // Whatever holds them open must not keep this process from its own end.
      for (const pipe of this.#child.stdio) pipe?.destroy()
    }, PIPES_GRACE_MS)
    this.#child.on('close', () => {
      clearTimeout(late)
      this.#ended(code, signal)
    })
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#exit !== undefined) return
    this.#exit = {
      code,
      signal,
      stderrTail: this.#stderrTail,
      systemShortOfMemory: systemMemoryKills() > this.#memoryKills,
      garbled: this.#garbled,
      ...(this.#exiting === undefined ? {} : { exiting: this.#exiting }),
    }
    this.#listener?.exit(this.#exit)
  }
}

import type { AnswerPipe } from './answer-pipe.ts'
import { LineBuffer } from './line-buffer.ts'
import type { RunningTask, RunningTasks } from './running-tasks.ts'

type StreamName = 'stdout' | 'stderr'
type Written = (error?: Error | null) => void

/**
 * Takes over `process.stdout.write` and `process.stderr.write`, and with them `console`. What a task writes becomes log answers line
 * by line; what no task writes goes to the real streams. Native code that writes to file descriptors 1 and 2 is not seen here: the
 * parent reads those pipes.
 */
export class LogCapture {
  readonly #pipe: AnswerPipe
  readonly #tasks: RunningTasks

  constructor(pipe: AnswerPipe, tasks: RunningTasks) {
    this.#pipe = pipe
    this.#tasks = tasks
  }

  install(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = process[name]
      const original = stream.write.bind(stream)
      stream.write = ((chunk: string | Uint8Array, encoding?: BufferEncoding | Written, written?: Written) => {
        const task = this.#tasks.here
        if (task === undefined) return original(chunk, encoding as BufferEncoding, written)
        this.#write(task, name, chunk, typeof encoding === 'string' ? encoding : undefined)
        const callback = typeof encoding === 'function' ? encoding : written
        if (callback !== undefined) process.nextTick(callback)
        return true
      }) as typeof stream.write
    }
  }

  /** Hands out what a task wrote without a line end. */
  flushPartial(task: RunningTask): void {
    task.lines?.stdout.end()
    task.lines?.stderr.end()
  }

  #write(
    task: RunningTask,
    stream: StreamName,
    chunk: string | Uint8Array,
    encoding: BufferEncoding | undefined,
  ): void {
    // Nobody keeps what comes after the end of the slice.
    if (task.slice?.over === true) return
    task.lines ??= { stdout: this.#buffer(task, 'stdout'), stderr: this.#buffer(task, 'stderr') }
    task.lines[stream].write(chunk, encoding)
    if (task.ended) task.lines[stream].end()
  }

  #buffer({ step, task, attempt }: RunningTask, stream: StreamName): LineBuffer {
    return new LineBuffer((text) => {
      this.#pipe.pushUrgent({ type: 'log', step, task, attempt, stream, at: Date.now(), text }, text.length)
    })
  }
}

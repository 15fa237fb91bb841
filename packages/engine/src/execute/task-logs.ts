export interface LogLine {
  readonly at: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

interface Attempt {
  readonly step: string
  readonly task: string
  readonly attempt: number
}

interface AttemptLog {
  readonly lines: LogLine[]
  bytes: number
  full: boolean
}

/** What ends the kept log of a task that wrote more than may be kept. */
export const TRUNCATED = '[TRUNCATED: the maximum log size is reached; raise it with --max-log-size]'

/** The log lines of one execution, attempt by attempt, each up to a limit. */
export class TaskLogs {
  readonly #limit: number
  readonly #logs = new Map<string, AttemptLog>()
  /** Text of native code that has no line end yet, and whose it is. */
  readonly #open: Record<LogLine['stream'], { owner: Attempt; at: number; text: string } | undefined> = {
    stdout: undefined,
    stderr: undefined,
  }

  constructor(maxBytes: number) {
    this.#limit = maxBytes
  }

  /** Keeps a line and gives back what is to be shown: always the line, whether it is kept or not. */
  add(owner: Attempt, stream: LogLine['stream'], at: number, text: string): readonly LogLine[] {
    const line = { at, stream, text }
    const key = keyOf(owner)
    let log = this.#logs.get(key)
    if (log === undefined) this.#logs.set(key, (log = { lines: [], bytes: 0, full: false }))
    if (log.full) return [line]
    log.bytes += Buffer.byteLength(text) + 1
    if (log.bytes > this.#limit) {
      log.full = true
      log.lines.push({ at, stream, text: TRUNCATED })
    } else {
      log.lines.push(line)
    }
    return [line]
  }

  /** Text that came over a pipe, in whatever pieces. */
  addRaw(owner: Attempt, stream: LogLine['stream'], at: number, text: string): readonly LogLine[] {
    const pieces = ((this.#open[stream]?.text ?? '') + text).split(/\r?\n/)
    const rest = pieces.pop() as string
    this.#open[stream] = rest === '' ? undefined : { owner, at, text: rest }
    return pieces.flatMap((piece) => this.add(owner, stream, at, piece))
  }

  /** Lines of one attempt, in the order they were written. */
  linesOf(owner: Attempt): readonly LogLine[] {
    return this.#logs.get(keyOf(owner))?.lines ?? []
  }

  /** Keeps what was written without a line end. */
  close(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const open = this.#open[stream]
      if (open !== undefined) this.add(open.owner, stream, open.at, open.text)
      this.#open[stream] = undefined
    }
  }
}

function keyOf({ step, task, attempt }: Attempt): string {
  return `${step}/${task}/${attempt}`
}

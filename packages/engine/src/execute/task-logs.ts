export interface OutputLine {
  readonly at: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

interface TaskAttempt {
  readonly step: string
  readonly task: string
  readonly attempt: number
}

/** A line and whose it is. */
export type OwnedLine = OutputLine & TaskAttempt

interface AttemptLog {
  readonly lines: OutputLine[]
  bytes: number
  full: boolean
}

/** A longer line is cut into several. Characters, not bytes. */
const MAX_LINE = 64 * 1024

/** What ends the kept log of a task that wrote more than may be kept. */
export const TRUNCATED = '[TRUNCATED: the maximum log size is reached; raise it with --max-log-size]'

/** The log lines of one execution, attempt by attempt, each up to a limit. */
export class TaskLogs {
  readonly #limit: number
  readonly #logs = new Map<string, AttemptLog>()
  /** Text of native code that has no line end yet, and whose it is. */
  readonly #open: Record<OutputLine['stream'], { owner: TaskAttempt; at: number; text: string } | undefined> = {
    stdout: undefined,
    stderr: undefined,
  }

  constructor(maxBytes: number) {
    this.#limit = maxBytes
  }

  get isEmpty(): boolean {
    return this.#logs.size === 0
  }

  /** Keeps a line and gives back what is to be shown: always the line, whether it is kept or not. */
  add(owner: TaskAttempt, stream: OutputLine['stream'], at: number, text: string): readonly OutputLine[] {
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

  /**
   * Text that came over a pipe, in whatever pieces. `\n` and `\r\n` end a line; a `\r` inside a line takes back what stands before
   * it, as in a terminal. A line that one attempt left open ends where another writes.
   */
  addRaw(owner: TaskAttempt, stream: OutputLine['stream'], at: number, text: string): readonly OwnedLine[] {
    const open = this.#open[stream]
    const ended = open !== undefined && keyOf(open.owner) !== keyOf(owner) ? this.#close(stream) : []
    const pieces = ((this.#open[stream]?.text ?? '') + text).split('\n')
    const rest = withoutTakenBack(pieces.pop() as string)
    const lines = pieces.map((piece) => withoutTakenBack(piece.endsWith('\r') ? piece.slice(0, -1) : piece))
    const whole = rest.length - (rest.length % MAX_LINE)
    if (whole > 0) lines.push(rest.slice(0, whole))
    this.#open[stream] = rest.length === whole ? undefined : { owner, at, text: rest.slice(whole) }
    return [...ended, ...lines.flatMap((line) => this.#addCut(owner, stream, at, line))]
  }

  /** Lines of one attempt, in the order they were written. */
  linesOf(owner: TaskAttempt): readonly OutputLine[] {
    return this.#logs.get(keyOf(owner))?.lines ?? []
  }

  /** Keeps what was written without a line end, and gives it back to be shown. */
  close(): readonly OwnedLine[] {
    return [...this.#close('stdout'), ...this.#close('stderr')]
  }

  #close(stream: OutputLine['stream']): readonly OwnedLine[] {
    const open = this.#open[stream]
    this.#open[stream] = undefined
    if (open === undefined) return []
    const { owner, at, text } = open
    return this.#addCut(owner, stream, at, text.endsWith('\r') ? text.slice(0, -1) : text)
  }

  #addCut(owner: TaskAttempt, stream: OutputLine['stream'], at: number, text: string): readonly OwnedLine[] {
    const lines: OwnedLine[] = []
    for (let from = 0; from === 0 || from < text.length; from += MAX_LINE) {
      const piece = text.slice(from, from + MAX_LINE)
      lines.push(...this.add(owner, stream, at, piece).map((line) => ({ ...owner, ...line })))
    }
    return lines
  }
}

/** What a terminal would show of a line. A `\r` at its very end may yet become a line end. */
function withoutTakenBack(text: string): string {
  return text.slice(text.lastIndexOf('\r', text.length - 2) + 1)
}

function keyOf({ step, task, attempt }: TaskAttempt): string {
  return `${step}/${task}/${attempt}`
}

import { stripVTControlCharacters } from 'node:util'
import type { RunEvent, TaskEnded } from '@flowctl/engine'
import {
  counted,
  grouped,
  clock,
  duration,
  RunProgress,
  type StepProgress,
  completedText,
  foreachText,
  progressText,
  stoppingText,
} from '@flowctl/present'
import type { RunView, ViewOptions } from './run-view.ts'
import { unsuccessfulLines } from './unsuccessful.ts'

/** Milliseconds between two pictures. */
const REFRESH_INTERVAL = 100
/** Rows of the terminal that the steps never take. */
const SPARE_ROWS = 4
const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'

/**
 * For a terminal: what tasks write scrolls by, and below it stands one line for each step that is running. Everything
 * since the last picture goes out in one write, at most ten times a second.
 */
export class LiveView implements RunView {
  readonly #options: ViewOptions
  readonly #now: () => number
  readonly #progress = new RunProgress()
  readonly #completed = new Set<string>()
  #lines: string[] = []
  /** Rows of the picture that stand on the terminal now. */
  #drawn = 0
  #ended = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: ViewOptions & { readonly now: () => number }) {
    this.#options = options
    this.#now = options.now
  }

  onEvent(event: RunEvent): void {
    if (this.#timer === undefined && !this.#ended) {
      this.#options.output.write(HIDE_CURSOR)
      this.#timer = setInterval(() => this.refresh(), REFRESH_INTERVAL)
      this.#timer.unref()
    }
    this.#progress.apply(event)
    this.#scroll(event)
    if (event.type === 'run-ended') this.finish()
  }

  note(_at: number, text: string): void {
    this.#lines.push(this.#options.paint('yellow', text))
  }

  /** Writes the lines that came in since the last time and draws the picture anew. */
  refresh(): void {
    const picture = this.#ended ? [] : this.#picture()
    const erase = this.#drawn === 0 ? '' : `\r\u001B[${this.#drawn}A\u001B[J`
    const text = [...this.#lines, ...picture].map((line) => `${line}\n`).join('')
    this.#lines = []
    this.#drawn = picture.length
    if (erase !== '' || text !== '') this.#options.output.write(erase + text)
  }

  finish(): void {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#timer)
    this.refresh()
    this.#options.output.write(SHOW_CURSOR)
  }

  #scroll(event: RunEvent): void {
    const { paint, cwd } = this.#options
    const { record, wide } = this.#progress
    switch (event.type) {
      case 'run-started':
        this.#header(event)
        break
      case 'adopted':
        this.#say(event.at, event.step, paint('dim', `${counted(event.tasks, 'task')} taken over from the origin run`))
        break
      case 'line':
        this.#say(event.at, `${event.step}/${event.task}`, event.text)
        break
      case 'foreach-opened':
        this.#say(event.at, `${event.step}/${event.task}`, paint('dim', foreachText(event.count)))
        break
      case 'task-ended':
        if (event.outcome !== 'succeeded') {
          const [first = '', ...rest] = unsuccessfulLines(record?.graph, event, cwd)
          const style = event.outcome === 'failed' ? 'red' : 'yellow'
          this.#say(event.at, `${event.step}/${event.task}`, paint(style, first))
          for (const line of rest) this.#say(event.at, `${event.step}/${event.task}`, line)
        }
        if (wide.has(event.step)) this.#sayCompleted(event)
        else if (event.outcome === 'succeeded') {
          const text = paint('green', `done in ${duration(event.at - event.startedAt)}`)
          this.#say(event.at, `${event.step}/${event.task}`, text)
        }
        break
      case 'stopping':
        this.#lines.push(paint('yellow', stoppingText(event.reason, event.running)))
        break
    }
  }

  #header({ record }: RunEvent & { type: 'run-started' }): void {
    const { paint, version, datastore, notes = [] } = this.#options
    const origin = record.origin === undefined ? '' : `, resuming ${record.flow}/${record.origin.run}`
    this.#lines.push(
      `${paint('bold', `${record.flow}/${record.run}`)} for user:${record.user} with datastore ${datastore}` +
        paint('dim', ` (flowctl ${version}${origin})`),
      ...notes,
    )
  }

  #sayCompleted(event: TaskEnded): void {
    const step = this.#progress.step(event.step)
    if (step.done !== this.#progress.total(event.step) || this.#completed.has(event.step)) return
    this.#completed.add(event.step)
    this.#say(event.at, event.step, this.#options.paint('green', completedText(step, event.at)))
  }

  #say(at: number, of: string, text: string): void {
    const { paint } = this.#options
    this.#lines.push(`${paint('dim', clock(at))} ${paint('cyan', `[${of}]`)} ${text}`)
  }

  /** Tasks that take turns in one process are often heard of only when they are done: between them nothing runs. */
  #isShown({ step, running, waiting, failed, done, startedAt }: StepProgress): boolean {
    const total = this.#progress.total(step)
    return running > 0 || waiting > 0 || failed > 0 || (startedAt !== undefined && total !== undefined && done < total)
  }

  #picture(): string[] {
    const { record } = this.#progress
    if (record === undefined) return []
    const { paint, output, ctrlC = 'stops the run' } = this.#options
    const now = this.#now()
    // A terminal that does not know its size says 0.
    const columns = output.columns || 80
    const steps = [...this.#progress.steps.values()].filter((step) => this.#isShown(step))
    const most = Math.max(1, (output.rows || 24) - SPARE_ROWS)
    const shown = steps.slice(0, most)
    const width = Math.max(0, ...shown.map((step) => step.step.length))
    const lines = shown.map((step) => {
      const time = step.startedAt === undefined ? '' : duration(now - step.startedAt)
      const failures = step.failures.length === 0 ? '' : ` (${step.failures.join(', ')}${more(step)})`
      const facts = `${progressText(this.#progress, step)}${failures}`
      const text = fit(`${step.step.padEnd(width)}  ${facts}  ${time}`, columns - 2)
      return `${step.failed > 0 ? paint('red', '!') : paint('cyan', '>')} ${text}`
    })
    if (steps.length > shown.length)
      lines.push(`  and ${counted(steps.length - shown.length, 'more step', 'more steps')}`)
    const elapsed = `${duration(now - record.createdAt)} so far, Ctrl-C ${ctrlC}`
    return [...lines, paint('dim', fit(`  ${elapsed}`, columns))]
  }
}

function more(step: StepProgress): string {
  return step.failed > step.failures.length ? ` and ${grouped(step.failed - step.failures.length)} more` : ''
}

/** A line that wraps would be two rows, and the next picture would erase one too few. */
function fit(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text)
  return plain.length < columns ? plain : `${plain.slice(0, Math.max(0, columns - 4))}...`
}

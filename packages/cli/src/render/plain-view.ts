import type { ForeachOpened, RunEnded, RunEvent, TaskEnded, TaskStarted } from '@flowctl/engine'
import {
  timestamp,
  duration,
  counted,
  RunProgress,
  type StepProgress,
  completedText,
  foreachText,
  progressText,
  startText,
  stoppingText,
} from '@flowctl/present'
import { LineWriter } from './line-writer.ts'
import { resultHint } from './outcome.ts'
import type { RunView, ViewOptions } from './run-view.ts'
import { unsuccessfulLines } from './unsuccessful.ts'

/** Milliseconds between two lines that tell the progress of a wide foreach. */
const PROGRESS_INTERVAL = 1000

/**
 * For a pipe or a file: one line for everything that happens, each with its time and the pathspec of its task, e.g.
 * `2026-11-23 08:12:02.388 [HelloFlow/1795421521629753/hello/0 (pid 9)] Hello World!`. With `quiet`: only what tasks write, and
 * failures.
 */
export class PlainView implements RunView {
  readonly #options: ViewOptions
  readonly #quiet: boolean
  readonly #writer: LineWriter
  readonly #progress = new RunProgress()
  #pathspec = ''
  #toldAt = 0
  readonly #completed = new Set<string>()
  /** Of the tasks that are to open a foreach, by `step/task`. */
  readonly #pids = new Map<string, number>()

  constructor(options: ViewOptions & { readonly quiet: boolean }) {
    this.#options = options
    this.#quiet = options.quiet
    this.#writer = new LineWriter(options.output)
  }

  onEvent(event: RunEvent): void {
    this.#progress.apply(event)
    if (event.type === 'run-started') this.#pathspec = `${event.record.flow}/${event.record.run}`
    if (event.type === 'line') this.#ofTask(event, event.text)
    else if (event.type === 'task-ended' && event.outcome !== 'succeeded') this.#unsuccessful(event)
    if (this.#quiet) return
    switch (event.type) {
      case 'run-started':
        this.#header(event)
        break
      case 'adopted':
        this.#ofRun(event.at, `/${event.step}`, `${counted(event.tasks, 'task')} taken over from the origin run.`)
        break
      case 'task-started':
        if (!this.#progress.wide.has(event.step)) this.#started(event)
        break
      case 'foreach-opened':
        this.#opened(event)
        break
      case 'task-ended':
        if (this.#progress.wide.has(event.step)) this.#wideProgress(event)
        else if (event.outcome === 'succeeded') this.#ofTask(event, 'Task finished successfully.')
        break
      case 'stopping':
        this.#ofRun(event.at, '', stoppingText(event.reason, event.running))
        break
      case 'run-ended':
        this.#ended(event)
        break
    }
  }

  note(at: number, text: string): void {
    this.#writer.line(`${timestamp(at)} ${text}`)
  }

  finish(): void {
    this.#writer.flush()
  }

  #header(event: RunEvent & { type: 'run-started' }): void {
    const { record } = event
    const { version, datastore, notes = [] } = this.#options
    const time = timestamp(event.at)
    this.#writer.line(
      `${time} flowctl ${version} runs ${record.flow} for user:${record.user} with datastore ${datastore}`,
    )
    for (const note of notes) this.#writer.line(`${time} ${note}`)
    const origin = record.origin === undefined ? '' : `, resuming ${record.flow}/${record.origin.run}`
    this.#writer.line(`${time} Run ${this.#pathspec} is starting${origin}.`)
  }

  #started(event: TaskStarted): void {
    const graph = this.#progress.record?.graph
    if (graph?.steps[event.step]?.transition.kind === 'foreach')
      this.#pids.set(`${event.step}/${event.task}`, event.pid)
    this.#ofTask(event, startText(graph, event))
  }

  #opened(event: ForeachOpened): void {
    const { at, step, task } = event
    if (this.#progress.wide.has(event.to) && this.#toldAt === 0) this.#toldAt = at
    if (this.#progress.wide.has(step)) return
    const pid = this.#pids.get(`${step}/${task}`)
    if (pid === undefined) this.#ofRun(at, `/${step}/${task}`, foreachText(event.count))
    else this.#ofTask({ at, step, task, pid }, foreachText(event.count))
  }

  #unsuccessful(event: TaskEnded): void {
    const { cwd } = this.#options
    for (const line of unsuccessfulLines(this.#progress.record?.graph, event, cwd)) this.#ofTask(event, line)
  }

  #wideProgress(event: TaskEnded): void {
    const step = this.#progress.step(event.step)
    if (step.done === this.#progress.total(event.step) && !this.#completed.has(event.step)) {
      this.#completed.add(event.step)
      this.#ofRun(event.at, `/${event.step}`, `${sentence(completedText(step, event.at))}.`)
    } else if (event.at - this.#toldAt >= PROGRESS_INTERVAL) {
      this.#toldAt = event.at
      for (const wide of this.#underWay())
        this.#ofRun(event.at, `/${wide.step}`, `${progressText(this.#progress, wide)}.`)
    }
  }

  #underWay(): StepProgress[] {
    const steps = [...this.#progress.steps.values()]
    return steps.filter(({ step, done }) => this.#progress.wide.has(step) && done !== this.#progress.total(step))
  }

  #ended(event: RunEnded): void {
    const took = duration(event.at - event.startedAt)
    const text = {
      succeeded: `Done! Run ${this.#pathspec} took ${took}.`,
      failed: `Run ${this.#pathspec} failed after ${took}.`,
      cancelled: `Run ${this.#pathspec} was cancelled after ${took}.`,
    }[event.status]
    const time = timestamp(event.at)
    this.#writer.line(`${time} ${text}`)
    const { record } = this.#progress
    if (event.status !== 'succeeded' || record === undefined) return
    this.#writer.line(`${time} ${resultHint(record, this.#options.program)}`)
  }

  #ofTask(event: { at: number; step: string; task: string; pid: number }, text: string): void {
    const { at, step, task, pid } = event
    this.#writer.line(`${timestamp(at)} [${this.#pathspec}/${step}/${task} (pid ${pid})] ${text}`)
  }

  #ofRun(at: number, below: string, text: string): void {
    this.#writer.line(`${timestamp(at)} [${this.#pathspec}${below}] ${text}`)
  }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

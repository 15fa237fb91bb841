import type { Job, Slice, TaskRecord } from '@flowctl/core'
import { Queue } from './queue.ts'

export interface BoardEntry {
  readonly job: Job
  /** Children that have not completed. */
  pending: number
  /** Of those, retries that wait for their time. */
  delayed: number
  /** The record of the task that the slice starts from, when it was at hand. */
  readonly source: TaskRecord | undefined
}

/** Timers that are set to more fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * The jobs of one run and their counting: the in-memory likeness of a queue with parents and children. A job is ready when it was
 * added as a leaf, or when the last of its children has completed.
 */
export class JobBoard {
  readonly #entries = new Map<string, BoardEntry>()
  readonly #ready = new Queue<BoardEntry>()
  readonly #timers = new Map<BoardEntry, NodeJS.Timeout>()
  readonly #now: () => number
  readonly #onReady: () => void

  constructor(now: () => number, onReady: () => void) {
    this.#now = now
    this.#onReady = onReady
  }

  get(id: string): BoardEntry | undefined {
    return this.#entries.get(id)
  }

  /** Adds a job below its parent. `false`: the id is there already, and nothing was done. */
  add(job: Job, source?: TaskRecord): boolean {
    if (this.#entries.has(job.id)) return false
    const entry: BoardEntry = { job, pending: 0, delayed: 0, source }
    this.#entries.set(job.id, entry)
    const parent = this.#parentOf(job)
    if (parent !== undefined) parent.pending += 1
    if (job.kind === 'slice') this.#schedule(entry, job.slice, parent)
    return true
  }

  /** Keeps a parent from becoming ready while its children are being added; `release` ends that. */
  hold(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) entry.pending += 1
  }

  release(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.pending -= 1
    if (entry.pending === 0) this.#push(entry)
  }

  /** The next ready job, first come first served. */
  take(): BoardEntry | undefined {
    return this.#ready.take()
  }

  /** Takes a job off the board; its parent is ready if that was the last below it. */
  complete(job: Job): void {
    this.#entries.delete(job.id)
    const parent = this.#parentOf(job)
    if (parent === undefined) return
    parent.pending -= 1
    if (parent.pending === 0) this.#push(parent)
  }

  /** Jobs that wait for their time need not wait any longer: the run is stopped, and they complete without running. */
  releaseDelayed(): void {
    for (const [entry, timer] of this.#timers) {
      clearTimeout(timer)
      this.#due(entry)
    }
  }

  #schedule(entry: BoardEntry, slice: Slice, parent: BoardEntry | undefined): void {
    const wait = slice.notBefore === undefined ? 0 : slice.notBefore - this.#now()
    if (wait <= 0) return this.#push(entry)
    if (parent !== undefined) parent.delayed += 1
    this.#wait(entry, slice.notBefore as number)
  }

  #wait(entry: BoardEntry, until: number): void {
    const wait = until - this.#now()
    if (wait <= 0) return this.#due(entry)
    const timer = setTimeout(() => this.#wait(entry, until), Math.min(wait, LONGEST_TIMER_MS))
    this.#timers.set(entry, timer)
  }

  #due(entry: BoardEntry): void {
    this.#timers.delete(entry)
    const parent = this.#parentOf(entry.job)
    if (parent !== undefined) parent.delayed -= 1
    this.#push(entry)
  }

  #push(entry: BoardEntry): void {
    this.#ready.push(entry)
    this.#onReady()
  }

  #parentOf(job: Job): BoardEntry | undefined {
    return job.kind === 'finish' ? undefined : this.#entries.get(job.parent)
  }
}

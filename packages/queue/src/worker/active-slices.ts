import type { StopRecord } from '@flowctl/core'
import type { StopSignal } from '../presence/stop-signals.ts'
import type { OpenRun } from '../runs/open-run.ts'

/** Who misses the announcement of a stop finds it in the datastore within this time, in milliseconds. */
const LOOK_MS = 2000

/** A job that a worker is at. */
export interface ActiveJob {
  /** Names of the slices it runs, for people and for other workers: its own, or one that it went on with, or both for a moment. */
  readonly slices: Set<string>
  readonly work: OpenRun
  /** Until then it may be given back at once: others are not told of it. */
  hasBegun: boolean
}

/** The slices that a worker is running, and the way to reach into them. */
export class ActiveSlices {
  readonly #going = new Set<ActiveJob>()
  readonly #halted = new WeakMap<OpenRun, StopRecord['reason']>()
  readonly #timer = setInterval(() => void this.#look(), LOOK_MS).unref()

  /** Returns what takes it off. */
  add(going: ActiveJob): () => void {
    this.#going.add(going)
    return () => this.#going.delete(going)
  }

  has(slice: string): boolean {
    for (const { slices } of this.#going) if (slices.has(slice)) return true
    return false
  }

  get names(): readonly string[] {
    return [...this.#going].filter(({ hasBegun }) => hasBegun).flatMap(({ slices }) => [...slices])
  }

  halt({ flow, run, reason }: StopSignal): void {
    for (const work of this.#works()) if (work.flow === flow && work.run === run) this.#halt(work, reason)
  }

  /** No slice starts a further task. */
  drain(): void {
    for (const work of this.#works()) work.runner.drain()
  }

  cancel(): void {
    for (const work of this.#works()) work.runner.cancel()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #works(): ReadonlySet<OpenRun> {
    return new Set([...this.#going].map(({ work }) => work))
  }

  #halt(work: OpenRun, reason: StopRecord['reason']): void {
    if (this.#halted.get(work) === reason) return
    this.#halted.set(work, reason)
    work.halt(reason)
  }

  async #look(): Promise<void> {
    for (const work of this.#works()) {
      const stop = await work.stopped().catch(() => undefined)
      if (stop !== undefined) this.#halt(work, stop.reason)
    }
  }
}

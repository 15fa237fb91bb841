import type { OpenRun } from '../runs/open-run.ts'

export interface StoppedRunsOptions {
  readonly now: () => number
  /** Names of the slices that workers run, `Flow/run/...`. */
  readonly running: () => Promise<readonly string[]>
  readonly finish: (work: OpenRun) => Promise<unknown>
  readonly onError: (error: Error) => void
}

const LOOK_MS = 1000
/** Longer than a worker needs to say that it has begun something. */
const QUIET_MS = 3000

/**
 * Stopped runs that are to end. Their slices complete without running as soon as a worker takes them, and so the run ends; but a
 * pool may have no worker, or a long queue. So a stopped run of which nothing has run for a while ends without them.
 */
export class StoppedRuns {
  readonly #options: StoppedRunsOptions
  /** With the time since which nothing of them has run. */
  readonly #quiet = new Map<OpenRun, number>()
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> | undefined

  constructor(options: StoppedRunsOptions) {
    this.#options = options
    this.#timer = setInterval(() => {
      if (this.#quiet.size === 0) return
      this.#looking ??= this.#look()
        .catch(options.onError)
        .finally(() => (this.#looking = undefined))
    }, LOOK_MS)
  }

  watch(work: OpenRun): void {
    if (!this.#quiet.has(work)) this.#quiet.set(work, this.#options.now())
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  async #look(): Promise<void> {
    const { now, running, finish } = this.#options
    const names = await running()
    for (const [work, since] of this.#quiet) {
      if (names.some((name) => name.startsWith(`${work.flow}/${work.run}/`))) this.#quiet.set(work, now())
      else if ((await work.store.readEnd()) !== undefined) this.#quiet.delete(work)
      else if (now() - since >= QUIET_MS) {
        await finish(work)
        this.#quiet.delete(work)
      }
    }
  }
}

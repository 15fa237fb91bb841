/** What a worker says of itself, as far as it matters here. */
interface WorkerReport {
  readonly id: string
  readonly beatAt: number
  readonly running: readonly string[]
}

interface LastReport {
  readonly beatAt: number
  readonly running: ReadonlySet<string>
  /** Looks in a row that found it no further than the look before. */
  missed: number
}

/** A worker that was silent for so many looks, about a second apart, is not believed any more. */
const MOST_MISSED = 3

/**
 * What other workers were running when they last spoke up. Redis may forget whose a job is (a lock that ran out, a wipe) while its
 * worker lives and goes on; so whoever gets a job looks here before it runs it a second time. Silence is counted in looks that were
 * answered, not in time: clocks differ, and while Redis is away nobody is heard.
 */
export class RunningElsewhere {
  readonly #reports = new Map<string, LastReport>()

  /** `isWiped`: Redis has lost what workers said; who is missing has not left. */
  update(workers: readonly WorkerReport[], isWiped: boolean): void {
    const present = new Map(workers.map((worker) => [worker.id, worker]))
    for (const [id, report] of this.#reports) {
      const isSilent = present.get(id)?.beatAt === report.beatAt || !present.has(id)
      if (isSilent) report.missed += 1
      const hasLeft = !present.has(id) && !isWiped && report.missed === 1
      if (hasLeft || (!present.has(id) && report.missed > MOST_MISSED)) this.#reports.delete(id)
    }
    for (const { id, beatAt, running } of workers) {
      if (this.#reports.get(id)?.beatAt === beatAt) continue
      this.#reports.set(id, { beatAt, running: new Set(running), missed: 0 })
    }
  }

  /** Whether one of them is running the slice of this name. */
  has(slice: string): boolean {
    for (const { running, missed } of this.#reports.values()) {
      if (missed < MOST_MISSED && running.has(slice)) return true
    }
    return false
  }
}

/** Milliseconds that bodies kept their process, and how many they were. */
export interface Measured {
  readonly busyMs: number
  readonly bodies: number
}

/** Fewer say little: times are whole milliseconds, and the first bodies of a process are slow. */
const ENOUGH = 50
/** What was seen longer ago than so many bodies counts half. */
const LATELY = 1000

/**
 * What one body of a foreach takes, by its split, as one process has seen it in one run: the foreaches inside another one are alike, so
 * each begins with what the ones before it took.
 */
export class BodyClock {
  readonly #bySplit = new Map<string, Measured>()

  note(split: string, { busyMs, bodies }: Measured): void {
    if (bodies === 0) return
    const before = this.#bySplit.get(split) ?? { busyMs: 0, bodies: 0 }
    const weight = before.bodies > LATELY ? 0.5 : 1
    this.#bySplit.set(split, { busyMs: before.busyMs * weight + busyMs, bodies: before.bodies * weight + bodies })
  }

  /** Milliseconds. `undefined`: too few were seen. */
  of(split: string): number | undefined {
    const seen = this.#bySplit.get(split)
    return seen === undefined || seen.bodies < ENOUGH ? undefined : seen.busyMs / seen.bodies
  }
}

const KEPT = 1000

/** Jobs that were attached by this process, and when: those that it gets itself, as a rule next, it need not ask about. */
export class OwnAttachedJobs {
  readonly #at = new Map<string, number>()

  add(key: string, at: number): void {
    const [oldest] = this.#at.keys()
    if (this.#at.size >= KEPT && oldest !== undefined) this.#at.delete(oldest)
    this.#at.set(key, at)
  }

  /** When it was attached, if it is here for the first time. */
  take(key: string): number | undefined {
    const at = this.#at.get(key)
    this.#at.delete(key)
    return at
  }
}

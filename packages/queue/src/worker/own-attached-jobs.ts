import { RecentMap } from '@flowctl/basics'

const KEPT = 1000

/** Jobs that were attached by this process, and when: those that it gets itself, as a rule next, it need not ask about. */
export class OwnAttachedJobs {
  readonly #at = new RecentMap<string, number>(KEPT)

  add(key: string, at: number): void {
    this.#at.set(key, at)
  }

  /** When it was attached, if it is here for the first time. */
  take(key: string): number | undefined {
    return this.#at.take(key)
  }
}

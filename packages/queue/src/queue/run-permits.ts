import type { Cluster, Redis } from 'ioredis'
import type { PermitCommand } from '../scripts/permit-command.ts'
import { LOCK_MS } from './job-data.ts'

/** A permit of a worker that was lost is free again after this long, in milliseconds. */
const HELD_MS = 2 * LOCK_MS

/** Holds a run to its own limit of slices at a time, over all workers. */
export class RunPermits {
  readonly #redis: Redis | Cluster
  readonly #now: () => number

  constructor(redis: Redis | Cluster, now: () => number) {
    this.#redis = redis
    this.#now = now
  }

  /** Returns what gives the permit back; `undefined` when there is none left. */
  async acquire(key: string, holder: string, limit: number): Promise<(() => Promise<void>) | undefined> {
    const ask = (): Promise<0 | 1> => {
      const now = this.#now()
      return (this.#redis as unknown as PermitCommand).flowctlPermit(key, holder, limit, now, now + HELD_MS)
    }
    if ((await ask()) === 0) return undefined
    const renewing = setInterval(() => void ask().catch(() => {}), HELD_MS / 4)
    return async () => {
      clearInterval(renewing)
      await this.#redis.zrem(key, holder).catch(() => {})
    }
  }
}

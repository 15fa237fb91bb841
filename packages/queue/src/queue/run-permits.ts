import type { Cluster, Redis } from 'ioredis'
import { LOCK_MS } from '../queue/job-data.ts'

/** ARGV: holder, most holders, now, until. */
const ACQUIRE = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
redis.call('PEXPIREAT', KEYS[1], ARGV[4])
return 1
`

interface Commands {
  flowctlPermit(key: string, holder: string, limit: number, now: number, until: number): Promise<0 | 1>
}

/** A permit of a worker that was lost is free again after this long, in milliseconds. */
const HELD_MS = 2 * LOCK_MS

export function definePermitCommand(redis: Redis | Cluster): void {
  redis.defineCommand('flowctlPermit', { numberOfKeys: 1, lua: ACQUIRE })
}

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
      return (this.#redis as unknown as Commands).flowctlPermit(key, holder, limit, now, now + HELD_MS)
    }
    if ((await ask()) === 0) return undefined
    const renewing = setInterval(() => void ask().catch(() => {}), HELD_MS / 4)
    return async () => {
      clearInterval(renewing)
      await this.#redis.zrem(key, holder).catch(() => {})
    }
  }
}

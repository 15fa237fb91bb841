import type { RunContext } from '../execute/run-context.ts'
import { ProcessPool, type PoolOptions } from './process-pool.ts'

type Pool = RunContext['pool']

/** Task processes of many code packages, together never more than there are slots: a package in need ends idle ones of others. */
export class ProcessPools {
  readonly #size: number
  /** Those used last are at the end. */
  readonly #pools = new Map<string, ProcessPool>()
  #closed = false

  /** The caller holds at most `size` processes at a time. */
  constructor(size: number) {
    this.#size = size
  }

  get count(): number {
    let count = 0
    for (const pool of this.#pools.values()) count += pool.count
    return count
  }

  /** A pool of one code package. `name` stands for all that `options` say. */
  for(name: string, options: Omit<PoolOptions, 'size'>): Pool {
    const own = (): ProcessPool => {
      const pool = this.#pools.get(name) ?? new ProcessPool({ ...options, size: this.#size })
      this.#pools.delete(name)
      this.#pools.set(name, pool)
      return pool
    }
    return {
      size: this.#size,
      acquire: async (wanted) => {
        const pool = own()
        this.#makeRoom(pool)
        return pool.acquire(wanted)
      },
      release: (process, reusable) => {
        if (!this.#closed) own().release(process, reusable)
      },
    }
  }

  close(): void {
    this.#closed = true
    for (const pool of this.#pools.values()) pool.close()
    this.#pools.clear()
  }

  #makeRoom(pool: ProcessPool): void {
    if (pool.idle > 0) return
    for (const [name, other] of this.#pools) {
      if (this.count < this.#size) return
      if (other === pool) continue
      while (other.idle > 0 && this.count >= this.#size) other.evict()
      if (other.count === 0) this.#pools.delete(name)
    }
  }
}

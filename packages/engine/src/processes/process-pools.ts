import { ProcessPool, type PoolOptions, type TaskProcesses } from './process-pool.ts'

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
  for(name: string, options: Omit<PoolOptions, 'size'>): TaskProcesses {
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
        if (pool.idle === 0) this.#endIdle(pool, this.#size - 1)
        const process = await pool.acquire(wanted)
        // Others may have begun at the same moment, seeing the same room.
        this.#endIdle(pool, this.#size)
        return process
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

  /** Ends idle processes of other packages until there are no more than `most`. */
  #endIdle(pool: ProcessPool, most: number): void {
    for (const [name, other] of this.#pools) {
      if (this.count <= most) return
      if (other === pool) continue
      while (other.idle > 0 && this.count > most) other.evict()
      if (other.count === 0) this.#pools.delete(name)
    }
  }
}

import type { Connection } from '../connection/connect.ts'
import { workersKey } from '../connection/keys.ts'
import { RunningElsewhere } from './running-elsewhere.ts'

/** What a worker says of itself, again and again. */
export interface WorkerRecord {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly pools: readonly string[]
  readonly slots: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly beatAt: number
  /** What it is running: names of slices. */
  readonly running: readonly string[]
  readonly draining: boolean
}

/** How often workers speak up, and after how long a silent one is taken for gone, in milliseconds. */
export const BEAT_MS = 1000
const GONE_MS = 5000

/** The workers that have been heard of lately. */
export async function listWorkers(connection: Connection, now: number): Promise<WorkerRecord[]> {
  const found = await connection.redis.hgetall(workersKey(connection))
  const workers: WorkerRecord[] = []
  for (const [id, text] of Object.entries(found)) {
    const worker = JSON.parse(text) as WorkerRecord
    if (now - worker.beatAt <= GONE_MS) workers.push(worker)
    else if (now - worker.beatAt > 12 * GONE_MS) await connection.redis.hdel(workersKey(connection), id)
  }
  return workers.sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
}

/** Slots by pool, of all workers that take work; a worker with several pools counts in each. */
export function slotsByPool(workers: readonly WorkerRecord[]): ReadonlyMap<string, number> {
  const slots = new Map<string, number>()
  for (const worker of workers) {
    if (worker.draining) continue
    for (const pool of worker.pools) slots.set(pool, (slots.get(pool) ?? 0) + worker.slots)
  }
  return slots
}

/** Keeps the number of slots at hand, and this worker in the registry if it is one. */
export class WorkerRegistry {
  readonly #connection: Connection
  readonly #now: () => number
  readonly #self: (() => WorkerRecord) | undefined
  readonly #timer: NodeJS.Timeout
  #workers: readonly WorkerRecord[] = []
  #slots: ReadonlyMap<string, number> = new Map()
  readonly #runningElsewhere = new RunningElsewhere()
  #hasBeaten = false
  #beating: Promise<void> | undefined

  constructor(connection: Connection, now: () => number, self?: () => WorkerRecord) {
    this.#connection = connection
    this.#now = now
    this.#self = self
    this.#timer = setInterval(() => this.#beat(), BEAT_MS)
  }

  /** Slots of all workers that serve a pool, this one's own at the least. */
  slots(pool: string): number {
    const self = this.#self?.()
    return Math.max(this.#slots.get(pool) ?? 0, self?.pools.includes(pool) === true ? self.slots : 0)
  }

  /** How many slices of a run are running, as of a moment ago. */
  runningOf(flow: string, run: string): number {
    return this.#workers.flatMap((worker) => worker.running).filter((name) => name.startsWith(`${flow}/${run}/`)).length
  }

  /** Whether another worker, which is alive, is running this slice: as of a moment ago. */
  isRunning(slice: string): boolean {
    return this.#runningElsewhere.has(slice)
  }

  /** Speaks up now; resolves when the number of slots is known. */
  async refresh(): Promise<void> {
    const self = this.#self?.()
    let isWiped = false
    if (self !== undefined) {
      const added = await this.#connection.redis.hset(workersKey(this.#connection), self.id, JSON.stringify(self))
      isWiped = this.#hasBeaten && added > 0
      this.#hasBeaten = true
    }
    this.#workers = await listWorkers(this.#connection, this.#now())
    this.#slots = slotsByPool(this.#workers)
    const others = this.#workers.filter(({ id }) => id !== self?.id)
    this.#runningElsewhere.update(others, isWiped)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#beating
    const self = this.#self?.()
    if (self !== undefined) await this.#connection.redis.hdel(workersKey(this.#connection), self.id).catch(() => {})
  }

  /** One at a time: while Redis is away, what there is to say does not pile up. */
  #beat(): void {
    this.#beating ??= this.refresh()
      .catch(() => {})
      .finally(() => (this.#beating = undefined))
  }
}

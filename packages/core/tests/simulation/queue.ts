import { nextBatch, type Job, type SlicePlan } from '@flowctl/core'

/** A job to add, with the jobs that it waits for, and the cursor of the foreach that it closes. */
export interface Family {
  readonly job: Job
  readonly children: readonly Family[]
  readonly foreach?: Cursor
  /** The foreach is handed out anew even if its cursor is there. */
  readonly reset?: boolean
}

export interface Cursor {
  readonly count: number
  readonly packed: boolean
  readonly batches: readonly SlicePlan[]
  /** The first index that was not handed out. */
  readonly next: number
}

interface Entry {
  readonly job: Job
  state: 'ready' | 'active' | 'waiting'
  /** Of the delivery that holds it. */
  token: number
  /** Times that it came back because who held it was silent. */
  stalls: number
  readonly pending: Set<string>
}

interface OpenForeach {
  cursor: Cursor
  /** Ranges by the child that took them. */
  readonly taken: Map<string, SlicePlan[]>
  /** Children that were told to take nothing, and are about to complete. */
  readonly leaving: Set<string>
}

export type Taken = SlicePlan | 'low' | 'done' | 'full' | 'gone'

/** BullMQ as far as it matters: parents that wait for their children. Every method is one atomic script. */
export class ModelQueue {
  readonly #jobs = new Map<string, Entry>()
  readonly #foreaches = new Map<string, OpenForeach>()

  copy(): ModelQueue {
    const copy = new ModelQueue()
    for (const [id, entry] of this.#jobs) copy.#jobs.set(id, { ...entry, pending: new Set(entry.pending) })
    for (const [id, { cursor, taken, leaving }] of this.#foreaches) {
      const ranges = new Map([...taken].map(([taker, list]) => [taker, [...list]]))
      copy.#foreaches.set(id, { cursor, taken: ranges, leaving: new Set(leaving) })
    }
    return copy
  }

  get size(): number {
    return this.#jobs.size
  }

  has(id: string): boolean {
    return this.#jobs.has(id)
  }

  isOpen(join: string): boolean {
    return this.#jobs.has(join) && this.#foreaches.has(join)
  }

  stallsOf(id: string): number {
    return this.#jobs.get(id)?.stalls ?? 0
  }

  ready(): string[] {
    return [...this.#jobs].filter(([, entry]) => entry.state === 'ready').map(([id]) => id)
  }

  /** Jobs that somebody holds, with the token by which they hold them. */
  active(): [string, number][] {
    return [...this.#jobs].filter(([, entry]) => entry.state === 'active').map(([id, entry]) => [id, entry.token])
  }

  /** Adds a family below its parent, all of it or nothing. What is there already stays as it is. */
  add(family: Family): 'added' | 'gone' {
    const { job } = family
    if (job.kind !== 'finish' && !this.#jobs.has(job.parent)) return 'gone'
    this.#plant(family)
    return 'added'
  }

  deliver(id: string, token: number): Job | undefined {
    const entry = this.#jobs.get(id)
    if (entry === undefined) return undefined
    entry.state = 'active'
    entry.token = token
    return entry.job
  }

  /** Gives a job to others because who holds it is silent. */
  stall(id: string): void {
    const entry = this.#jobs.get(id)
    if (entry?.state !== 'active') return
    entry.state = 'ready'
    entry.token = 0
    entry.stalls += 1
  }

  isChild(job: Job): boolean {
    return job.kind === 'finish' || this.#jobs.get(job.parent)?.pending.has(job.id) === true
  }

  /** Who does not hold the job any more changes nothing. With children left the job fails, and comes again. */
  complete(job: Job, token: number): 'completed' | 'lost' | 'again' {
    const entry = this.#jobs.get(job.id)
    if (entry === undefined || entry.state !== 'active' || entry.token !== token) return 'lost'
    if (entry.pending.size > 0) {
      entry.state = 'ready'
      return 'again'
    }
    this.#jobs.delete(job.id)
    this.#foreaches.delete(job.id)
    if (job.kind === 'finish') return 'completed'
    const parent = this.#jobs.get(job.parent)
    parent?.pending.delete(job.id)
    const foreach = this.#foreaches.get(job.parent)
    foreach?.taken.delete(job.id)
    foreach?.leaving.delete(job.id)
    if (parent?.state === 'waiting' && parent.pending.size === 0) parent.state = 'ready'
    return 'completed'
  }

  /** Back to waiting; refused when there is nothing to wait for. */
  waitAgain(id: string, token: number): boolean {
    const entry = this.#jobs.get(id)
    if (entry === undefined || entry.token !== token || entry.state !== 'active') return true
    if (entry.pending.size === 0) return false
    entry.state = 'waiting'
    return true
  }

  again(id: string, token: number): void {
    const entry = this.#jobs.get(id)
    if (entry?.token === token && entry.state === 'active') entry.state = 'ready'
  }

  /**
   * The next range of a foreach, for one of the children of its join. `nth`: how many it has taken before; asking for the same one again
   * gives the same. At most `limit` children are outstanding, besides those that are about to complete.
   */
  take(join: string, taker: string, nth: number, limit: number, rules: { once: boolean; check: boolean }): Taken {
    const entry = this.#jobs.get(join)
    const foreach = this.#foreaches.get(join)
    if (entry === undefined || foreach === undefined) return 'gone'
    if (rules.check && !entry.pending.has(taker)) return 'gone'
    const ranges = foreach.taken.get(taker) ?? []
    const before = ranges[nth]
    if (before !== undefined && rules.once) return before
    const others = [...entry.pending].filter((id) => id !== taker && !foreach.leaving.has(id))
    if (others.length >= limit) {
      foreach.leaving.add(taker)
      return 'full'
    }
    const range = nextRange(foreach.cursor)
    if (typeof range === 'string') return range
    foreach.taken.set(taker, [...ranges, range])
    foreach.cursor = { ...foreach.cursor, next: range.to }
    return range
  }

  /** Nothing is handed out any more of the foreach that a join closes. */
  close(join: string): void {
    this.#foreaches.delete(join)
  }

  cursorOf(join: string): Cursor | undefined {
    return this.#foreaches.get(join)?.cursor
  }

  /** Adds a batch unless somebody has. */
  extend(join: string, n: number, batch: SlicePlan): void {
    const foreach = this.#foreaches.get(join)
    if (foreach === undefined || foreach.cursor.batches.length !== n) return
    foreach.cursor = { ...foreach.cursor, batches: [...foreach.cursor.batches, batch] }
  }

  #plant({ job, children, foreach, reset = false }: Family): void {
    const isNew = !this.#jobs.has(job.id)
    if (isNew) {
      const state = children.length > 0 ? 'waiting' : 'ready'
      this.#jobs.set(job.id, { job, state, token: 0, stalls: 0, pending: new Set() })
    }
    if (job.kind !== 'finish') this.#jobs.get(job.parent)?.pending.add(job.id)
    if (foreach !== undefined && (isNew || reset || !this.#foreaches.has(job.id))) {
      this.#foreaches.set(job.id, { cursor: foreach, taken: new Map(), leaving: new Set() })
    }
    for (const child of children) this.#plant(child)
  }
}

/** What comes next of a foreach: a range that is a batch of one slice. */
export function nextRange({ batches, count, next, packed }: Cursor): SlicePlan | 'low' | 'done' {
  if (next >= count) return 'done'
  const batch = batches.find((one) => one.from <= next && next < one.to)
  if (batch === undefined) return 'low'
  const size = packed ? batch.size : 1
  const to = Math.min(batch.to, next + size)
  return { from: next, to, size: to - next }
}

export function planBatch(cursor: Cursor, slots: number, bodyMs: number | undefined): SlicePlan | undefined {
  const { batches, count, packed } = cursor
  return nextBatch({
    count,
    batches,
    slots,
    ...(bodyMs === undefined ? {} : { bodyMs }),
    ...(packed ? {} : { maxSlice: 1 }),
  })
}

import { batchJobs, type ForeachTask, type History, type Job, type JoinJob, type Plan } from '@flowctl/core'
import { batchAfter } from '@flowctl/engine'
import { treesOf } from '../queue/job-tree.ts'
import { queueOf } from '../queue/placement.ts'
import { capacityOf, type SlotCount } from './foreach-capacity.ts'
import type { OpenRun } from './open-run.ts'
import { parseBatches, parseRanges, type TakeFacts } from '../queue/foreach-ledger.ts'
import type { JobQueues } from '../queue/job-queues.ts'

export type Measured = Pick<TakeFacts, 'busyMs' | 'bodies'>
export const UNMEASURED: Measured = { busyMs: 0, bodies: 0 }

interface OpenedForeach {
  readonly join: JoinJob
  /** What its opener took of it. */
  readonly ranges: string
}

/** What a taker says: what was measured since the last time, and what it has attached or committed. */
export interface TakeReport {
  readonly facts: Measured
  readonly attached: string
}

interface TakeRequest extends TakeReport {
  readonly isChild: boolean
  readonly runs?: string
  readonly goesOn?: 'ahead' | 'more'
}

interface Handout {
  readonly plan: Plan
  readonly ranges: string
  /** There is room for more slices to be outstanding. Only told to who takes ahead. */
  readonly hasRoom: boolean
}

/** Attaches what follows from commits to its parents, and hands out foreaches slice by slice. */
export class Attacher {
  readonly #queues: JobQueues
  readonly #slots: SlotCount
  readonly #now: () => number

  constructor(queues: JobQueues, slots: SlotCount, now: () => number) {
    this.#queues = queues
    this.#slots = slots
    this.#now = now
  }

  /** `taker`: key of the job whose commit the plan follows from. Doing it again adds nothing new. Throws ParentGone. */
  async attach(work: OpenRun, plan: Plan, taker: string): Promise<void> {
    const jobs: Job[] = []
    const opened: OpenedForeach[] = []
    await this.#collect(work, plan, taker, jobs, opened)
    await this.#queues.attach(work, treesOf(jobs), this.#now())
    for (const { join, ranges } of opened) {
      await this.#fill(work, join, taker, { facts: UNMEASURED, attached: ranges, isChild: false })
    }
  }

  /** Attaches as many further slices of a foreach as may be outstanding. `taker` is one of its slices. */
  async handOut(work: OpenRun, foreach: JoinJob, taker: string, given: TakeReport): Promise<void> {
    await this.#fill(work, foreach, taker, { ...given, isChild: true })
  }

  /** The same while the taker runs slices that it took itself. */
  async handOutBeside(work: OpenRun, foreach: JoinJob, taker: string, runs: string): Promise<void> {
    await this.#fill(work, foreach, taker, { facts: UNMEASURED, attached: '', isChild: true, runs, goesOn: 'more' })
  }

  /** Takes a slice for the taker to run next, if nobody waits for a slot. It is neither attached nor claimed. */
  async takeAhead(
    work: OpenRun,
    foreach: JoinJob,
    taker: string,
    given: TakeReport & { readonly runs: string },
  ): Promise<Handout | undefined> {
    return this.#take(work, foreach, taker, { ...given, isChild: true, goesOn: 'ahead' })
  }

  /** Asks until there is no more: who stopped before could have been the last one to know of what is left. */
  async #fill(work: OpenRun, join: JoinJob, taker: string, given: TakeRequest): Promise<void> {
    let taking = given
    for (;;) {
      const taken = await this.#take(work, join, taker, taking)
      if (taken === undefined) return
      await this.attach(work, taken.plan, taker)
      taking = { ...given, facts: UNMEASURED, attached: taken.ranges }
    }
  }

  /** The jobs of a plan with, under the join of each foreach, its first slices. */
  async #collect(work: OpenRun, plan: Plan, taker: string, jobs: Job[], opened: OpenedForeach[]): Promise<void> {
    jobs.push(...plan.jobs)
    for (const { join, cursor, count } of plan.foreaches) {
      jobs.push(join)
      await this.#queues.foreaches.open(work, join.id, { count, next: 0, batches: cursor.batches })
      const before = jobs.length
      let ranges = ''
      while (jobs.length === before) {
        const taken = await this.#take(work, join, taker, { facts: UNMEASURED, attached: ranges, isChild: false })
        ranges = taken?.ranges ?? ''
        if (taken === undefined) break
        await this.#collect(work, taken.plan, taker, jobs, opened)
      }
      if (ranges !== '') opened.push({ join, ranges })
    }
  }

  async #take(
    work: OpenRun,
    join: JoinJob,
    taker: string,
    { facts: measured, ...asked }: TakeRequest,
  ): Promise<Handout | undefined> {
    const { pool, slots, width } = capacityOf(work, join.closes.step, this.#slots)
    const place = { queue: queueOf(work.placement, join), id: join.id }
    for (let facts = measured; ; facts = UNMEASURED) {
      const given = { width, pool, slots, now: this.#now(), ...facts, ...asked }
      const answer = await this.#queues.foreaches.take(work, place, taker, given)
      if (answer[0] === 'took') {
        const foreach = await foreachOf(work, join)
        const parts = parseRanges(answer[1]).map((range) => rangeJobs(work, work.adoptedHistory, foreach, range))
        return { plan: mergePlans(parts), ranges: answer[1], hasRoom: answer[2] !== undefined }
      }
      if (answer[0] !== 'low') return undefined
      const batches = parseBatches(answer[1])
      const [, , busy, bodies] = answer
      const measured = { busyMs: Number(busy), bodies: Number(bodies) }
      const { count } = await foreachOf(work, join)
      const batch = batchAfter(work.graph, join.closes.step, { count, batches, width, measured, clock: work.clock })
      if (batch === undefined) return undefined
      const decided = await work.batches.decide(join, batches.length, batch)
      await this.#queues.foreaches.extend(work, join.id, batches.length, decided)
    }
  }
}

async function foreachOf(work: OpenRun, { closes, slice }: JoinJob): Promise<ForeachTask> {
  const record = await work.reader.task(closes.step, closes.task)
  if (record?.taken?.kind !== 'foreach') throw new Error(`${closes.step}/${closes.task} has not opened a foreach`)
  return { split: closes, path: slice.path, count: record.taken.count }
}

/** What is left of one planned slice of a foreach. */
export function rangeJobs(
  work: OpenRun,
  history: History,
  foreach: ForeachTask,
  range: { from: number; to: number },
): Plan {
  return batchJobs(work.graph, history, foreach, { ...range, size: range.to - range.from })
}

function mergePlans(parts: readonly Plan[]): Plan {
  return { jobs: parts.flatMap((part) => part.jobs), foreaches: parts.flatMap((part) => part.foreaches) }
}

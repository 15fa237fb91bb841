import { structureOf, taskId, type FlowGraph, type Job, type Slice, type TaskRecord } from '@flowctl/core'
import type { Datastore } from './datastore.ts'
import { Broken } from './rules.ts'
import { tasksOf } from './work.ts'

/** Sees everything, from outside, and stops the simulation when something happened that must not. */
export class Watch {
  /** The queue has lost something: parents may wake up early, once. */
  hasLost = false
  /** The queue gives out what was taken a moment ago, and nobody has heard of that. */
  mayRunTwice = false
  /** Deliveries whose worker has stopped for a while: others did not wait for it. */
  readonly wereSilent = new Set<number>()
  readonly #graph: FlowGraph
  readonly #datastore: Datastore
  readonly #adopted: ReadonlySet<string>
  readonly #origin: readonly TaskRecord[]
  /** Fresh slices that were ever handed out, by the foreach they are of. */
  readonly #ranges = new Map<string, Map<number, number>>()
  #clock = 0
  readonly #completed = new Map<string, number>()

  constructor(graph: FlowGraph, datastore: Datastore, origin: readonly TaskRecord[]) {
    this.#graph = graph
    this.#datastore = datastore
    this.#origin = origin
    this.#adopted = new Set(origin.map(({ step, task }) => `${step}/${task}`))
  }

  tick(): number {
    this.#clock += 1
    return this.#clock
  }

  /** An execution begins, of a delivery. `others`: deliveries that are at the same slice. */
  starts(slice: Slice, token: number, others: readonly number[]): void {
    if (this.#datastore.stop !== undefined) throw new Broken(`${slice.head}/${slice.key} began in a stopped run`)
    for (const { step, task } of tasksOf(this.#graph, slice)) {
      if (this.#datastore.isSettled(step, task)) throw new Broken(`${step}/${task} began again after it was committed`)
      if (this.#adopted.has(`${step}/${task}`)) throw new Broken(`${step}/${task} began, but was taken over`)
    }
    if (!this.mayRunTwice && others.length > 0 && ![token, ...others].some((one) => this.wereSilent.has(one))) {
      throw new Broken(`${slice.head}/${slice.key} began while a live worker was running it`)
    }
    if (this.#graph.steps[slice.entry]?.join === true) this.#hasAllInputs(slice)
    else if (slice.after !== undefined && this.#find(slice.after.step, slice.after.task)?.taken === undefined) {
      throw new Broken(`${slice.head}/${slice.key} began before ${slice.after.step}/${slice.after.task} was there`)
    }
  }

  /** A slice is handed out. */
  handsOut(job: Job): void {
    if (job.kind !== 'slice' || job.slice.range === undefined || job.slice.reason !== undefined) return
    const { head, entry, path, range } = job.slice
    if (entry !== head) return
    const at = `${head}/${path.join('.')}`
    const ranges = this.#ranges.get(at) ?? new Map<number, number>()
    this.#ranges.set(at, ranges)
    for (const [from, to] of ranges) {
      const isSame = from === range.from && to === range.to
      if (!isSame && from < range.to && range.from < to) {
        throw new Broken(`slices of ${at} overlap: ${from}-${to} and ${range.from}-${range.to}`)
      }
    }
    ranges.set(range.from, range.to)
  }

  /** A parent has woken up, and not all that it waits for is there. */
  wokeEarly(job: Job): void {
    if (!this.hasLost) throw new Broken(`${job.id} was woken early, though the queue has lost nothing`)
  }

  completes(job: Job): void {
    this.#completed.set(job.id, this.tick())
  }

  /** Somebody attaches what follows a job, having looked at `lookedAt` whether that is still waited for. */
  attaches(job: Job, lookedAt: number, isChild: boolean): void {
    const completed = this.#completed.get(job.id)
    if (completed !== undefined && completed < lookedAt && !isChild) {
      throw new Broken(`something was attached for ${job.id}, which was complete`)
    }
  }

  ends(): void {
    const { end, stop } = this.#datastore
    const reached = this.#find(this.#graph.end, '0')
    const isThere = reached !== undefined && reached.outcome !== 'failed'
    if (end === 'succeeded' && !isThere) throw new Broken('the run succeeded without its end')
    if (end !== 'succeeded' && isThere && stop === undefined)
      throw new Broken(`the run ended as ${end} with its end there`)
    if (end !== 'succeeded' && stop === undefined) throw new Broken(`the run ended as ${end} without a stop`)
  }

  #hasAllInputs(slice: Slice): void {
    const split = structureOf(this.#graph).splitOf[slice.entry] as string
    const task = taskId({ path: slice.path, turn: 0 })
    const opened = this.#find(split, task)?.taken
    const prefix = slice.path.length === 0 ? '' : `${task}.`
    const isInput = (record: TaskRecord): boolean => {
      const { taken } = record
      if (taken === undefined || taken.kind === 'end' || taken.kind === 'split' || taken.to !== slice.entry)
        return false
      return opened?.kind === 'foreach' ? record.task.startsWith(prefix) : record.task.split('~')[0] === task
    }
    const arrived = [...this.#origin, ...this.#datastore.order].filter(isInput).length
    const expected = opened?.kind === 'foreach' ? opened.count : opened?.kind === 'split' ? opened.to.length : undefined
    if (arrived !== expected) throw new Broken(`${slice.entry}/${task} began with ${arrived} of ${expected} inputs`)
  }

  #find(step: string, task: string): TaskRecord | undefined {
    return (
      this.#datastore.history().task(step, task) ?? this.#origin.find((one) => one.step === step && one.task === task)
    )
  }
}

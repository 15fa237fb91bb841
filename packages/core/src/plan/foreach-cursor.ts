import type { FlowGraph } from '../graph/model.ts'
import type { SlicePlan } from '../records/commit.ts'
import type { History } from './history.ts'
import { isPacked, type Job, type JoinJob, type Slice, type TaskRef } from './job.ts'
import { bodyOf, plannedSlices, type ForeachTask } from './planned-slices.ts'

/**
 * Jobs that must exist now, parents before their children. A wide foreach is a join job with a cursor, from which
 * whoever runs the foreach takes as many groups of jobs as may be outstanding.
 */
export interface Plan {
  readonly jobs: readonly Job[]
  readonly foreaches: readonly OpenForeach[]
}

export interface OpenForeach {
  readonly join: JoinJob
  readonly count: number
  readonly cursor: ForeachCursor
}

/** What the history leaves to do, of a slice and of everything from one task of the body on. */
export interface Remainder {
  slice(slice: Slice): Plan
  task(step: string, path: readonly number[], after: TaskRef): Plan
}

/**
 * Hands out what is left of one foreach, slice by slice, in order of the planned batches. It reads batches, it does not make
 * them: when they run out before the foreach does, `next` says `low` and whoever runs the foreach decides the next
 * batch durably and gives it to `extend`.
 */
export class ForeachCursor {
  readonly batches: SlicePlan[]
  /** Whether the body runs as ranges. Else every slice is the task of one index. */
  readonly packed: boolean
  /** Tasks of the foreach. */
  readonly count: number
  readonly #graph: FlowGraph
  readonly #history: History
  readonly #foreach: ForeachTask
  readonly #remainder: Remainder
  readonly #body: string
  #batch = 0
  #groups: Iterator<Plan> | undefined

  constructor(
    graph: FlowGraph,
    history: History,
    foreach: ForeachTask,
    batches: readonly SlicePlan[],
    remainder: Remainder,
  ) {
    this.#graph = graph
    this.#history = history
    this.#foreach = foreach
    this.#remainder = remainder
    this.#body = bodyOf(graph, foreach.split.step)
    this.count = foreach.count
    this.packed = isPacked(graph, this.#body)
    this.batches = [...batches]
  }

  /** The jobs of the next slice that is not done; never an empty plan. */
  next(): Plan | 'low' | 'done' {
    for (;;) {
      this.#groups ??= this.#nextGroups()
      if (this.#groups === undefined) return (this.batches.at(-1)?.to ?? 0) >= this.count ? 'done' : 'low'
      const group = this.#groups.next()
      if (group.done !== true) return group.value
      this.#groups = undefined
    }
  }

  extend(batch: SlicePlan): void {
    this.batches.push(batch)
  }

  #nextGroups(): Iterator<Plan> | undefined {
    const batch = this.batches[this.#batch]
    if (batch === undefined) return undefined
    this.#batch += 1
    return this.#groupsOf(batch)
  }

  *#groupsOf(batch: SlicePlan): Generator<Plan> {
    const { split, path } = this.#foreach
    if (this.packed) {
      for (const slice of plannedSlices(this.#graph, this.#history, this.#foreach, batch)) {
        const left = this.#remainder.slice(slice)
        if (!isEmpty(left)) yield left
      }
      return
    }
    for (let index = batch.from; index < batch.to; index += 1) {
      const left = this.#remainder.task(this.#body, [...path, index], split)
      if (!isEmpty(left)) yield left
    }
  }
}

function isEmpty(plan: Plan): boolean {
  return plan.jobs.length === 0 && plan.foreaches.length === 0
}

import { targets, type FlowGraph, type StepNode } from '../graph/model.ts'
import { sliceKey } from '../ids/slice-key.ts'
import { taskId } from '../ids/task-id.ts'
import type { SlicePlan } from '../records/commit.ts'
import { rangesOf } from './batches.ts'
import type { History } from './history.ts'
import { chainFrom, isPacked, taskSlice, type Job, type JoinJob, type Slice, type TaskRef } from './job.ts'

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

export interface ForeachTask {
  /** The task of the foreach step. */
  readonly split: TaskRef
  readonly path: readonly number[]
  readonly count: number
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

  constructor(graph: FlowGraph, history: History, foreach: ForeachTask, remainder: Remainder) {
    this.#graph = graph
    this.#history = history
    this.#foreach = foreach
    this.#remainder = remainder
    this.#body = targets((graph.steps[foreach.split.step] as StepNode).transition)[0] as string
    this.count = foreach.count
    this.packed = isPacked(graph, this.#body)
    this.batches = [...history.batches(foreach.split.step, foreach.split.task)]
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
    for (const range of rangesOf(batch)) {
      if (this.packed) {
        yield* this.#packedGroups(range)
        continue
      }
      for (let index = range.from; index < range.to; index += 1) {
        const left = this.#remainder.task(this.#body, [...this.#foreach.path, index], this.#foreach.split)
        if (!isEmpty(left)) yield left
      }
    }
  }

  /** A planned range, less the indices that the origin of a resumed run has done. */
  *#packedGroups(range: { from: number; to: number }): Generator<Plan> {
    let fresh = range.from
    for (let index = range.from; index < range.to; index += 1) {
      const entry = this.#entryOfAdopted(index)
      if (entry === undefined) continue
      if (fresh < index) yield* this.#left(this.#slice({ from: fresh, to: index }))
      fresh = index + 1
      if (entry.step !== undefined) yield* this.#left(this.#single(index, entry.step, entry.after))
    }
    if (fresh < range.to) yield* this.#left(this.#slice({ from: fresh, to: range.to }))
  }

  *#left(slice: Slice): Generator<Plan> {
    const left = this.#remainder.slice(slice)
    if (!isEmpty(left)) yield left
  }

  #slice(range: { from: number; to: number }): Slice {
    const { path, split } = this.#foreach
    const key = sliceKey(path, range)
    return { head: this.#body, key, entry: this.#body, path, range, turn: 0, attempt: 0, after: split }
  }

  #single(index: number, entry: string, after: string): Slice {
    const position = { path: [...this.#foreach.path, index], turn: 0 }
    return taskSlice(this.#graph, entry, position, { step: after, task: taskId(position) })
  }

  /** `undefined`: nothing of this index was adopted; no step: all of it was; else the step at which it goes on. */
  #entryOfAdopted(index: number): { step: undefined } | { step: string; after: string } | undefined {
    const task = taskId({ path: [...this.#foreach.path, index], turn: 0 })
    let last: string | undefined
    for (const step of chainFrom(this.#graph, this.#body)) {
      if (!this.#history.adopted(step, task)) return last === undefined ? undefined : { step, after: last }
      last = step
    }
    return { step: undefined }
  }
}

function isEmpty(plan: Plan): boolean {
  return plan.jobs.length === 0 && plan.foreaches.length === 0
}


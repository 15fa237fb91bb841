import {
  isPacked,
  joinOf,
  plannedSlices,
  stepOf,
  structureOf,
  targets,
  taskId,
  type FlowGraph,
  type History,
  type JoinJob,
  type Slice,
  type SlicePlan,
  type TaskRecord,
} from '@flowctl/core'
import type { RunReader } from '@flowctl/datastore'
import type { ForeachSource, InputLocator, JoinBranch, SliceInput } from '@flowctl/runtime'

/** What a slice starts from, found in the datastore alone. */
export class SliceInputs {
  readonly #graph: FlowGraph
  readonly #reader: RunReader
  readonly #adopted: History

  /** `adopted`: the history of what a resumed run took over. */
  constructor(graph: FlowGraph, reader: RunReader, adopted: History) {
    this.#graph = graph
    this.#reader = reader
    this.#adopted = adopted
  }

  /** `source`: the record of the task before, when it is at hand. `batches`: of the foreach that a join closes. */
  async inputOf(
    slice: Slice,
    source: TaskRecord | undefined,
    batches: (join: JoinJob, count: number) => Promise<readonly SlicePlan[]>,
  ): Promise<SliceInput> {
    const join = joinOf(this.#graph, slice)
    if (join !== undefined) return this.#joined(join, batches)
    if (slice.after === undefined) return { type: 'none' }
    const { artifacts, dropped } = source ?? (await this.#record(slice.after.step, slice.after.task))
    return dropped === undefined ? { type: 'task', artifacts } : { type: 'task', artifacts, dropped }
  }

  /** The foreaches around the tasks of a slice, outermost first. */
  async foreachesAround({ entry, path }: Slice): Promise<ForeachSource[]> {
    const splits = structureOf(this.#graph).foreaches[entry] ?? []
    return Promise.all(splits.map((split, depth) => this.#foreach(split, path.slice(0, depth))))
  }

  async #joined(
    join: JoinJob,
    batches: (join: JoinJob, count: number) => Promise<readonly SlicePlan[]>,
  ): Promise<SliceInput> {
    const { step: split, task } = join.closes
    const { transition } = stepOf(this.#graph, split)
    if (transition.kind === 'split') return { type: 'branches', branches: await this.#branches(join, transition.to) }
    const { count, segments } = await this.#foreach(split, join.slice.path)
    const foreach = { split: { step: split, task }, path: join.slice.path, count }
    const steps = lastSteps(this.#graph, join.slice.entry, split)
    const locators: InputLocator[] = []
    let from = 0
    const gap = (to: number): void => {
      if (from < to) locators.push({ from, to, steps })
    }
    if (isPacked(this.#graph, targets(transition)[0] as string)) {
      for (const batch of await batches(join, count)) {
        for (const { head, key, range } of plannedSlices(this.#graph, this.#adopted, foreach, batch)) {
          if (range === undefined) continue
          gap(range.from)
          locators.push({ ...range, steps, slice: { head, key } })
          from = range.to
        }
      }
    }
    gap(count)
    return { type: 'foreach', split, count, locators, segments }
  }

  async #branches(join: JoinJob, heads: readonly string[]): Promise<JoinBranch[]> {
    const branches: JoinBranch[] = []
    for await (const record of this.#reader.inputsOf(join.slice.entry, taskId(join.slice))) {
      const { step, task, artifacts, dropped } = record
      const branch = heads[branches.length] as string
      branches.push({ branch, step, task, artifacts, ...(dropped === undefined ? {} : { dropped }) })
    }
    if (branches.length < heads.length) throw new Error(`a branch has not reached ${join.slice.entry}`)
    return branches
  }

  async #foreach(split: string, path: readonly number[]): Promise<ForeachSource> {
    const { taken } = await this.#record(split, taskId({ path, turn: 0 }))
    if (taken?.kind !== 'foreach') throw new Error(`${split} did not open a foreach`)
    return { step: split, count: taken.count, segments: taken.segments }
  }

  async #record(step: string, task: string): Promise<TaskRecord> {
    const record = await this.#reader.task(step, task)
    if (record === undefined) throw new Error(`task ${step}/${task} has no outcome, but something starts from it`)
    return record
  }
}

function lastSteps(graph: FlowGraph, join: string, split: string): readonly string[] {
  return Object.values(graph.steps)
    .filter((step) => step.name !== split && targets(step.transition).includes(join))
    .map((step) => step.name)
}

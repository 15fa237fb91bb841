import {
  isPacked,
  joinJobId,
  nextBatch,
  parseTaskId,
  structureOf,
  targets,
  type BatchInput,
  type Commit,
  type FlowGraph,
  type JoinJob,
  type OpenForeach,
  type Slice,
  type SlicePlan,
  type StepNode,
  type TaskRecord,
} from '@flowctl/core'
import type { ForeachSource, InputLocator, JoinBranch, SliceInput } from '../protocol.ts'

interface ForeachState {
  readonly open: OpenForeach
  readonly record: TaskRecord
  /** Where packed slices ended: by the key of the planned slice. */
  readonly locators: Map<string, { from: number; to: number; keys: string[] }>
  busyMs: number
  bodies: number
}

/** The splits and foreaches of a run that are open, and what has reached their joins so far. */
export class OpenSplits {
  readonly #graph: FlowGraph
  readonly #foreaches = new Map<string, ForeachState>()
  /** Last tasks of the branches of static splits: by join job, then by step. */
  readonly #arrived = new Map<string, Map<string, TaskRecord>>()
  /** Commits of last tasks of unpacked bodies whose key is not the task's id: by join job, then by index. */
  readonly #elsewhere = new Map<string, Map<number, { step: string; key: string }>>()

  constructor(graph: FlowGraph) {
    this.#graph = graph
  }

  open(foreach: OpenForeach, record: TaskRecord): void {
    this.#foreaches.set(foreach.join.id, { open: foreach, record, locators: new Map(), busyMs: 0, bodies: 0 })
  }

  get(joinId: string): { readonly open: OpenForeach; readonly record: TaskRecord } | undefined {
    return this.#foreaches.get(joinId)
  }

  close(join: JoinJob): void {
    this.#foreaches.delete(join.id)
    this.#arrived.delete(join.id)
    this.#elsewhere.delete(join.id)
  }

  /** Notes which tasks of a commit reached a join, and how long its bodies took. */
  note(slice: Slice, commit: Commit, parent: string): void {
    const foreach = this.#foreaches.get(parent)
    if (foreach !== undefined && slice.range !== undefined) {
      const planned = slice.key.split('_')[0] as string
      const locator = foreach.locators.get(planned)
      if (locator === undefined) foreach.locators.set(planned, { ...slice.range, keys: [slice.key] })
      else locator.keys.push(slice.key)
      for (const record of commit.tasks) foreach.busyMs += record.endedAt - record.startedAt
      foreach.bodies += commit.tasks.length / (structureOf(this.#graph).chainOf[foreach.record.step]?.length ?? 1)
      return
    }
    for (const record of commit.tasks) this.noteTask(record, commit.key)
  }

  /** Notes one task; of an adopted one, which is in no commit of this run, without a key. */
  noteTask(record: TaskRecord, key?: string): void {
    const to = record.taken?.kind === 'linear' || record.taken?.kind === 'switch' ? record.taken.to : undefined
    if (to === undefined || this.#graph.steps[to]?.join !== true || isPacked(this.#graph, record.step)) return
    const structure = structureOf(this.#graph)
    const split = structure.splitOf[to] as string
    const path = parseTaskId(record.task, structure.foreachDepth[record.step] as number)?.path ?? []
    const joinId = joinJobId(to, path.slice(0, structure.foreachDepth[to]))
    if (this.#graph.steps[split]?.transition.kind === 'split') {
      entryOf(this.#arrived, joinId).set(record.step, record)
    } else if ((key !== undefined && key !== record.task) || this.#lastSteps(split).length > 1) {
      entryOf(this.#elsewhere, joinId).set(path.at(-1) as number, { step: record.step, key: key ?? '' })
    }
  }

  /** The next batch of a foreach, sized by what its bodies took so far. */
  nextBatch(joinId: string, slots: number): SlicePlan | undefined {
    const state = this.#foreaches.get(joinId)
    if (state === undefined) return undefined
    const { count, cursor } = state.open
    const input: BatchInput = { count, batches: cursor.batches, slots, ...(cursor.packed ? {} : { maxSlice: 1 }) }
    return nextBatch(state.bodies === 0 ? input : { ...input, bodyMs: state.busyMs / state.bodies })
  }

  /** What a join reads. */
  inputOf(join: JoinJob): SliceInput {
    const split = this.#graph.steps[join.closes.step] as StepNode
    if (split.transition.kind === 'split') return { type: 'branches', branches: this.#branches(join, split.transition.to) }
    const state = this.#foreaches.get(join.id) as ForeachState
    return { type: 'foreach', split: split.name, count: state.open.count, locators: this.#locators(join, state) }
  }

  /** The foreaches around a task of `step`, outermost first. */
  foreachesAround(step: string, path: readonly number[]): ForeachSource[] {
    const structure = structureOf(this.#graph)
    return (structure.foreaches[step] ?? []).map((split, depth) => {
      const state = this.#foreaches.get(joinJobId(structure.joinOf[split] as string, path.slice(0, depth)))
      const taken = state?.record.taken
      if (taken?.kind !== 'foreach') throw new Error(`foreach ${split} around ${step} is not open`)
      return { step: split, count: taken.count, segments: taken.segments }
    })
  }

  #branches(join: JoinJob, heads: readonly string[]): JoinBranch[] {
    const arrived = this.#arrived.get(join.id) ?? new Map<string, TaskRecord>()
    return heads.map((branch) => {
      const steps = this.#stepsOfBranch(branch, join.slice.entry)
      const record = [...arrived.values()].find((one) => steps.has(one.step))
      if (record === undefined) throw new Error(`branch ${branch} has not reached ${join.slice.entry}`)
      return { branch, step: record.step, task: record.task, artifacts: record.artifacts }
    })
  }

  #locators(join: JoinJob, state: ForeachState): InputLocator[] {
    const { record, open } = state
    const [step = ''] = this.#lastSteps(record.step)
    const { headOf } = structureOf(this.#graph)
    const elsewhere = this.#elsewhere.get(join.id)
    const exceptions = [...(elsewhere ?? [])].map(([index, at]) => {
      const keys = at.key === '' ? [] : [at.key]
      return { from: index, to: index + 1, step: at.step, head: headOf[at.step] as string, keys }
    })
    const packed = [...state.locators.values()].map((one) => ({ ...one, step, head: headOf[step] as string }))
    const known = [...packed, ...exceptions].sort((a, b) => a.from - b.from)
    const all: InputLocator[] = []
    let from = 0
    for (const one of [...known, { from: open.count, to: open.count }]) {
      if (from < one.from) all.push({ from, to: one.from, step, head: headOf[step] as string, keys: [] })
      if ('keys' in one) all.push(one)
      from = one.to
    }
    return all
  }

  /** The steps of a body from which its join is reached. */
  #lastSteps(split: string): readonly string[] {
    const join = structureOf(this.#graph).joinOf[split] as string
    return Object.values(this.#graph.steps)
      .filter((step) => targets(step.transition).includes(join))
      .map((step) => step.name)
  }

  #stepsOfBranch(branch: string, join: string): ReadonlySet<string> {
    const steps = new Set<string>()
    const visit = (name: string): void => {
      if (name === join || steps.has(name)) return
      steps.add(name)
      targets((this.#graph.steps[name] as StepNode).transition).forEach(visit)
    }
    visit(branch)
    return steps
  }
}

function entryOf<K, V>(maps: Map<string, Map<K, V>>, id: string): Map<K, V> {
  let map = maps.get(id)
  if (map === undefined) maps.set(id, (map = new Map()))
  return map
}


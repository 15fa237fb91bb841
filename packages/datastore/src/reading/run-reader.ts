import {
  isPacked,
  parseTaskId,
  structureOf,
  taskId,
  type AttemptRecord,
  type Commit,
  type Continuation,
  type FlowGraph,
  type GraphStructure,
  type StepCounts,
  type TaskPosition,
  type TaskRecord,
} from '@flowctl/core'
import { countAdopted, addCounts, noCounts } from './counts.ts'
import { childrenOf, inputsOf, lastTurn, parentsOf } from './task-relations.ts'
import { mapOrdered, mergeSorted, streamOf } from './ordered.ts'
import { openCommit, RecentCommits, type OpenCommit } from './recent-commits.ts'
import { outlineOf, type CommitOutline } from '../rows/commit-codec.ts'
import type { RunSource } from './run-source.ts'
import { SliceIndex, type PlannedSlice } from './slice-index.ts'
import { comparePlaced, placed, type Placed } from './task-order.ts'

export interface RunReaderOptions {
  /** Commits read at the same time while tasks are streamed. @default 32 */
  readonly parallelReads?: number
  /**
   * The run is known to change no more (it was interrupted, say), so what was listed once is kept. A run that has ended is
   * found out to have. @default false
   */
  readonly settled?: boolean
  /** Whether the run has ended need not be found out: it goes on, or nothing that is asked depends on it. @default false */
  readonly isGoing?: boolean
  /** What a resumed run took over, where that is at hand; empty for one that is not resumed. @default it is read */
  readonly adopted?: readonly TaskRecord[]
}

interface Listed {
  readonly index: SliceIndex
  /** The run was known to change no more when it was listed. */
  readonly isWhole: boolean
}

/** Task records kept in memory for tasks that are asked for one by one. */
const RECENT_TASKS = 10_000
const KEPT_TASKS = 16
/** Outlines kept of commits that nobody has asked for yet. */
const KEPT_OUTLINES = 1024

/**
 * Finds what became of the tasks of one run, in a run that is going as well as in one that has ended. A task without a final
 * outcome is not there: it has not started, it is running, or it waits for its next attempt.
 */
export class RunReader {
  readonly graph: FlowGraph
  readonly #store: RunSource
  readonly #structure: GraphStructure
  readonly #parallel: number
  #settled: boolean
  readonly #isGoing: boolean
  #adopted: Promise<ReadonlyMap<string, ReadonlyMap<string, TaskRecord>>> | undefined
  readonly #recent = new RecentCommits(RECENT_TASKS)
  /** What was listed last of a head step. Of a run that goes on it may be short, but what is in it stays true. */
  readonly #indexes = new Map<string, Listed>()
  readonly #outlines = new Map<string, CommitOutline>()

  constructor(store: RunSource, graph: FlowGraph, options: RunReaderOptions = {}) {
    this.graph = graph
    this.#store = store
    this.#structure = structureOf(graph)
    this.#parallel = options.parallelReads ?? 32
    this.#settled = options.settled ?? false
    this.#isGoing = options.isGoing ?? false
    if (options.adopted !== undefined) this.#adopted = Promise.resolve(bySteps(options.adopted))
  }

  /** A commit that was just written, or read elsewhere: its outline need not be read again, nor all of it, if it is small. */
  keep(commit: Commit): void {
    const name = `${commit.head}/${commit.key}`
    if (commit.tasks.length <= KEPT_TASKS) this.#recent.set(name, openCommit(commit))
    if (this.#outlines.size < KEPT_OUTLINES) this.#outlines.set(name, outlineOf(commit))
  }

  /** The final outcome of a task. `undefined` too for steps and ids that the graph does not know. */
  async task(step: string, id: string): Promise<TaskRecord | undefined> {
    const adopted = (await this.#adoptedTasks()).get(step)?.get(id)
    if (adopted !== undefined) return adopted
    const position = this.#position(step, id)
    if (position === undefined) return undefined
    for await (const opened of this.#commitsOf(step, position)) {
      const record = opened.record(step, id)
      if (record !== undefined) return record
    }
    return undefined
  }

  /**
   * Every task of the step that has its final outcome, in order of the indices (and turns), read commit by commit: memory
   * does not grow with their number. `under` keeps the tasks below a path of outer foreach indices.
   */
  async *tasks(step: string, under: readonly number[] = []): AsyncGenerator<TaskRecord, void, undefined> {
    const depth = this.#structure.foreachDepth[step]
    if (depth === undefined) return
    const adopted = (await this.#adoptedTasks()).get(step)
    const streams: AsyncIterable<Placed>[] = [this.#committed(step, depth, under)]
    if (adopted !== undefined) streams.unshift(streamOf(placed(adopted.values(), depth, under)))
    let last: Placed | undefined
    for await (const next of mergeSorted(streams, comparePlaced)) {
      if (last !== undefined && comparePlaced(last, next) === 0) continue
      last = next
      yield next.record
    }
  }

  /**
   * The task that stands for its step: the only one, of a loop its last turn, of a foreach the first of its tasks that has its
   * outcome.
   */
  async mainTask(step: string): Promise<TaskRecord | undefined> {
    if (this.#structure.foreachDepth[step] === 0) return await lastTurn(this, step, [])
    for await (const record of this.tasks(step)) return record
    return undefined
  }

  /** Whether a resumed run took the task over from its origin. */
  async isAdopted(step: string, id: string): Promise<boolean> {
    return (await this.#adoptedTasks()).get(step)?.has(id) === true
  }

  /**
   * All attempts of a task that have ended, first one first: those that were tried again, then the final one, which is a
   * TaskRecord. Of an adopted task only the final one is known.
   */
  async attempts(step: string, id: string): Promise<readonly AttemptRecord[]> {
    const adopted = (await this.#adoptedTasks()).get(step)?.get(id)
    if (adopted !== undefined) return [adopted]
    const position = this.#position(step, id)
    if (position === undefined) return []
    const found: AttemptRecord[] = []
    for await (const { commit, record } of this.#commitsOf(step, position)) {
      found.push(...commit.attempts.filter((attempt) => attempt.step === step && attempt.task === id))
      const final = record(step, id)
      if (final !== undefined) found.push(final)
    }
    return found.sort((a, b) => a.attempt - b.attempt)
  }

  /** Final outcomes by step, for all steps of the graph; those of `end.json` when the run has ended. */
  async counts(): Promise<Readonly<Record<string, StepCounts>>> {
    const end = this.#isGoing ? undefined : await this.#store.readEnd()
    const counts: Record<string, StepCounts> = {}
    for (const step of Object.keys(this.graph.steps)) counts[step] = end?.steps[step] ?? noCounts
    if (end !== undefined) return counts
    for (const adopted of (await this.#adoptedTasks()).values()) addCounts(counts, countAdopted(adopted.values()))
    const names: { readonly head: string; readonly key: string }[] = []
    for await (const name of this.#store.listAllCommits()) names.push(name)
    const outlines = mapOrdered(names, this.#parallel, ({ head, key }) => this.outline(head, key))
    for await (const outline of outlines) if (outline !== undefined) addCounts(counts, outline.counts)
    return counts
  }

  /**
   * How many tasks of a step below a path of outer indices went on from there, for a step of a packed body: told by the beginnings of
   * commits. What a resumed run took over is not among them.
   */
  async passed(step: string, under: readonly number[]): Promise<number> {
    const head = this.#structure.headOf[step] as string
    const keys = (await this.#index(head)).under(under).flatMap((slice) => slice.keys)
    let passed = 0
    for await (const outline of mapOrdered(keys, this.#parallel, (key) => this.outline(head, key))) {
      const { succeeded = 0, caught = 0 } = outline?.counts[step] ?? {}
      passed += succeeded + caught
    }
    return passed
  }

  /** The tasks that led to this one; for a join its inputs, or the foreach itself when that was empty. */
  parentsOf(step: string, id: string): AsyncIterable<TaskRecord> {
    return parentsOf(this, this.#structure, step, id)
  }

  /** The tasks that this one led to, as far as they have their final outcome. */
  childrenOf(step: string, id: string): AsyncIterable<TaskRecord> {
    return childrenOf(this, this.#structure, step, id)
  }

  /** What a join collects: the last task of every branch in order of the split, or of every index of the foreach. */
  inputsOf(join: string, id: string): AsyncIterable<TaskRecord> {
    return inputsOf(this, this.#structure, join, id)
  }

  #position(step: string, id: string): TaskPosition | undefined {
    const depth = this.#structure.foreachDepth[step]
    return depth === undefined ? undefined : parseTaskId(id, depth)
  }

  /** The commits that speak of a task, the planned slice's first, each naming the next. */
  async *#commitsOf(step: string, position: TaskPosition): AsyncGenerator<OpenCommit, void, undefined> {
    const head = this.#structure.headOf[step] as string
    const packed = isPacked(this.graph, step)
    const index = position.path.at(-1) ?? 0
    let opened = await this.#planned(head, step, position)
    while (opened !== undefined) {
      yield opened
      const next: Continuation | undefined = packed
        ? opened.commit.continuations.find(({ from, to }) => from <= index && index < to)
        : opened.commit.continuations[0]
      opened = next === undefined ? undefined : await this.#commit(head, next.key)
    }
  }

  async #planned(head: string, step: string, position: TaskPosition): Promise<OpenCommit | undefined> {
    const packed = isPacked(this.graph, step)
    const listed = this.#indexes.get(head)
    let slice = packed ? listed?.index.find(position) : undefined
    if (slice === undefined && !(packed && listed?.isWhole === true)) {
      const direct = await this.#commit(head, taskId(position))
      if (direct !== undefined || !packed) return direct
      slice = (await this.#index(head)).find(position)
    }
    return slice === undefined ? undefined : await this.#commit(head, slice.keys[0] as string)
  }

  async #commit(head: string, key: string): Promise<OpenCommit | undefined> {
    const name = `${head}/${key}`
    const known = this.#recent.get(name)
    if (known !== undefined) return known
    const commit = await this.#store.readCommit(head, key)
    if (commit === undefined) return undefined
    const opened = openCommit(commit)
    this.#recent.set(name, opened)
    return opened
  }

  async #index(head: string): Promise<SliceIndex> {
    const known = this.#indexes.get(head)
    if (known?.isWhole === true) return known.index
    // Asked before listing: of a run that ended in between, the listing might be short.
    if (!this.#isGoing) this.#settled ||= (await this.#store.readEnd()) !== undefined
    const isWhole = this.#settled
    const keys: string[] = []
    for await (const key of this.#store.listCommits(head)) keys.push(key)
    const index = new SliceIndex(keys)
    this.#indexes.set(head, { index, isWhole })
    return index
  }

  async *#committed(step: string, depth: number, under: readonly number[]): AsyncGenerator<Placed, void, undefined> {
    const head = this.#structure.headOf[step] as string
    const slices = (await this.#index(head)).under(under)
    const read = async (slice: PlannedSlice): Promise<readonly Placed[]> => {
      const commits = await Promise.all(slice.keys.map((key) => this.#store.readCommit(head, key)))
      const records = commits.flatMap((commit) => commit?.tasks.filter((record) => record.step === step) ?? [])
      return placed(records, depth, under)
    }
    for await (const records of mapOrdered(slices, this.#parallel, read)) yield* records
  }

  /** What the beginning of a commit tells. */
  async outline(head: string, key: string): Promise<CommitOutline | undefined> {
    const name = `${head}/${key}`
    const known = this.#outlines.get(name)
    if (known !== undefined) return known
    const outline = await this.#store.readOutline(head, key)
    if (outline !== undefined) this.#outlines.set(name, outline)
    return outline
  }

  #adoptedTasks(): Promise<ReadonlyMap<string, ReadonlyMap<string, TaskRecord>>> {
    this.#adopted ??= this.#store.readAdopted().then((records) => bySteps(records ?? []))
    return this.#adopted
  }
}

function bySteps(records: readonly TaskRecord[]): ReadonlyMap<string, ReadonlyMap<string, TaskRecord>> {
  const steps = new Map<string, Map<string, TaskRecord>>()
  for (const record of records) {
    const ofStep = steps.get(record.step) ?? new Map<string, TaskRecord>()
    steps.set(record.step, ofStep.set(record.task, record))
  }
  return steps
}

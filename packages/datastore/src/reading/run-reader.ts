import { mapOrdered } from '@flowctl/basics'
import {
  parseTaskId,
  structureOf,
  type AttemptRecord,
  type Commit,
  type FlowGraph,
  type GraphStructure,
  type StepCounts,
  type TaskPosition,
  type TaskRecord,
} from '@flowctl/core'
import type { CommitOutline } from '../rows/commit-codec.ts'
import { AdoptedTasks } from './adopted-tasks.ts'
import { CommitReader } from './commit-reader.ts'
import { addCounts, countAdopted, noCounts } from './counts.ts'
import { mergeSorted, streamOf } from './ordered.ts'
import type { RunSource } from './run-source.ts'
import type { PlannedSlice } from './slice-index.ts'
import { comparePlaced, placed, type Placed } from './task-order.ts'
import { childrenOf, inputsOf, lastTurn, parentsOf } from './task-relations.ts'

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

/**
 * Finds what became of the tasks of one run, in a run that is going as well as in one that has ended. A task without a final
 * outcome is not there: it has not started, it is running, or it waits for its next attempt.
 */
export class RunReader {
  readonly graph: FlowGraph
  readonly #source: RunSource
  readonly #structure: GraphStructure
  readonly #parallel: number
  readonly #isGoing: boolean
  readonly #adopted: AdoptedTasks
  readonly #commits: CommitReader

  constructor(source: RunSource, graph: FlowGraph, options: RunReaderOptions = {}) {
    const { parallelReads = 32, settled = false, isGoing = false, adopted } = options
    this.graph = graph
    this.#source = source
    this.#structure = structureOf(graph)
    this.#parallel = parallelReads
    this.#isGoing = isGoing
    this.#adopted = new AdoptedTasks(() => (adopted === undefined ? source.readAdopted() : Promise.resolve(adopted)))
    this.#commits = new CommitReader(source, graph, this.#structure, { settled, isGoing })
  }

  /** See `CommitReader.keep`. */
  keep(commit: Commit): void {
    this.#commits.keep(commit)
  }

  /** What the beginning of a commit tells. */
  outline(head: string, key: string): Promise<CommitOutline | undefined> {
    return this.#commits.outline(head, key)
  }

  /** The final outcome of a task. `undefined` too for steps and ids that the graph does not know. */
  async task(step: string, id: string): Promise<TaskRecord | undefined> {
    const adopted = await this.#adopted.task(step, id)
    if (adopted !== undefined) return adopted
    const position = this.#position(step, id)
    if (position === undefined) return undefined
    for await (const opened of this.#commits.commitsOf(step, position)) {
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
    const adopted = await this.#adopted.ofStep(step)
    const streams: AsyncIterable<Placed>[] = [this.#committed(step, depth, under)]
    if (adopted !== undefined) streams.unshift(streamOf(placed(adopted, depth, under)))
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
    return (await this.#adopted.task(step, id)) !== undefined
  }

  /**
   * All attempts of a task that have ended, first one first: those that were tried again, then the final one, which is a
   * TaskRecord. Of an adopted task only the final one is known.
   */
  async attempts(step: string, id: string): Promise<readonly AttemptRecord[]> {
    const adopted = await this.#adopted.task(step, id)
    if (adopted !== undefined) return [adopted]
    const position = this.#position(step, id)
    if (position === undefined) return []
    const found: AttemptRecord[] = []
    for await (const { commit, record } of this.#commits.commitsOf(step, position)) {
      found.push(...commit.attempts.filter((attempt) => attempt.step === step && attempt.task === id))
      const final = record(step, id)
      if (final !== undefined) found.push(final)
    }
    return found.sort((a, b) => a.attempt - b.attempt)
  }

  /** Final outcomes by step, for all steps of the graph; those of `end.json` when the run has ended. */
  async counts(): Promise<Readonly<Record<string, StepCounts>>> {
    const end = this.#isGoing ? undefined : await this.#source.readEnd()
    const counts: Record<string, StepCounts> = {}
    for (const step of Object.keys(this.graph.steps)) counts[step] = end?.steps[step] ?? noCounts
    if (end !== undefined) return counts
    addCounts(counts, countAdopted(await this.#adopted.all()))
    const names: { readonly head: string; readonly key: string }[] = []
    for await (const name of this.#source.listAllCommits()) names.push(name)
    const outlines = mapOrdered(names, this.#parallel, ({ head, key }) => this.#commits.outline(head, key))
    for await (const outline of outlines) if (outline !== undefined) addCounts(counts, outline.counts)
    return counts
  }

  /**
   * How many tasks of a step below a path of outer indices went on from there, for a step of a packed body: told by the beginnings of
   * commits. What a resumed run took over is not among them.
   */
  async passed(step: string, under: readonly number[]): Promise<number> {
    const head = this.#structure.headOf[step] as string
    const keys = (await this.#commits.index(head)).under(under).flatMap((slice) => slice.keys)
    let passed = 0
    for await (const outline of mapOrdered(keys, this.#parallel, (key) => this.#commits.outline(head, key))) {
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

  async *#committed(step: string, depth: number, under: readonly number[]): AsyncGenerator<Placed, void, undefined> {
    const head = this.#structure.headOf[step] as string
    const slices = (await this.#commits.index(head)).under(under)
    const read = async (slice: PlannedSlice): Promise<readonly Placed[]> => {
      const commits = await Promise.all(slice.keys.map((key) => this.#source.readCommit(head, key)))
      const records = commits.flatMap((commit) => commit?.tasks.filter((record) => record.step === step) ?? [])
      return placed(records, depth, under)
    }
    for await (const records of mapOrdered(slices, this.#parallel, read)) yield* records
  }
}

import {
  isPacked,
  taskId,
  type Commit,
  type Continuation,
  type FlowGraph,
  type GraphStructure,
  type TaskPosition,
} from '@flowctl/core'
import { outlineOf, type CommitOutline } from '../rows/commit-codec.ts'
import { openCommit, recentCommits, type OpenCommit } from './recent-commits.ts'
import type { RunSource } from './run-source.ts'
import { SliceIndex } from './slice-index.ts'

export interface CommitReaderOptions {
  /** See `RunReaderOptions.settled`. */
  readonly settled: boolean
  /** See `RunReaderOptions.isGoing`. */
  readonly isGoing: boolean
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

/** Finds the commits of one run, and keeps what is likely to be asked for again: commits, outlines, which slices there are. */
export class CommitReader {
  readonly #source: RunSource
  readonly #graph: FlowGraph
  readonly #structure: GraphStructure
  #settled: boolean
  readonly #isGoing: boolean
  readonly #recent = recentCommits(RECENT_TASKS)
  /** What was listed last of a head step. Of a run that goes on it may be short, but what is in it stays true. */
  readonly #indexes = new Map<string, Listed>()
  readonly #outlines = new Map<string, CommitOutline>()

  constructor(source: RunSource, graph: FlowGraph, structure: GraphStructure, options: CommitReaderOptions) {
    this.#source = source
    this.#graph = graph
    this.#structure = structure
    this.#settled = options.settled
    this.#isGoing = options.isGoing
  }

  /** A commit that was just written, or read elsewhere: its outline need not be read again, nor all of it, if it is small. */
  keep(commit: Commit): void {
    const name = `${commit.head}/${commit.key}`
    if (commit.tasks.length <= KEPT_TASKS) this.#recent.set(name, openCommit(commit))
    if (this.#outlines.size < KEPT_OUTLINES) this.#outlines.set(name, outlineOf(commit))
  }

  /** The commits that speak of a task, the planned slice's first, each naming the next. */
  async *commitsOf(step: string, position: TaskPosition): AsyncGenerator<OpenCommit, void, undefined> {
    const head = this.#structure.headOf[step] as string
    const packed = isPacked(this.#graph, step)
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

  /** What the beginning of a commit tells. */
  async outline(head: string, key: string): Promise<CommitOutline | undefined> {
    const name = `${head}/${key}`
    const known = this.#outlines.get(name)
    if (known !== undefined) return known
    const outline = await this.#source.readOutline(head, key)
    if (outline !== undefined) this.#outlines.set(name, outline)
    return outline
  }

  /** Which slices of a head step have commits. */
  async index(head: string): Promise<SliceIndex> {
    const known = this.#indexes.get(head)
    if (known?.isWhole === true) return known.index
    // Asked before listing: of a run that ended in between, the listing might be short.
    if (!this.#isGoing) this.#settled ||= (await this.#source.readEnd()) !== undefined
    const isWhole = this.#settled
    const keys: string[] = []
    for await (const key of this.#source.listCommits(head)) keys.push(key)
    const index = new SliceIndex(keys)
    this.#indexes.set(head, { index, isWhole })
    return index
  }

  async #planned(head: string, step: string, position: TaskPosition): Promise<OpenCommit | undefined> {
    const packed = isPacked(this.#graph, step)
    const listed = this.#indexes.get(head)
    let slice = packed ? listed?.index.find(position) : undefined
    if (slice === undefined && !(packed && listed?.isWhole === true)) {
      const direct = await this.#commit(head, taskId(position))
      if (direct !== undefined || !packed) return direct
      slice = (await this.index(head)).find(position)
    }
    return slice === undefined ? undefined : await this.#commit(head, slice.keys[0] as string)
  }

  async #commit(head: string, key: string): Promise<OpenCommit | undefined> {
    const name = `${head}/${key}`
    const known = this.#recent.get(name)
    if (known !== undefined) return known
    const commit = await this.#source.readCommit(head, key)
    if (commit === undefined) return undefined
    const opened = openCommit(commit)
    this.#recent.set(name, opened)
    return opened
  }
}

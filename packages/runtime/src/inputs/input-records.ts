import { countWhile } from '@flowctl/basics'
import { flowError, taskId, type ArtifactMap, type Commit, type ItemSegment, type TaskRecord } from '@flowctl/core'
import type { InputLocator, SliceInput } from '../protocol/requests.ts'
import { CommitReads, type CommitPlace } from './commit-reads.ts'
import type { RunSession } from '../session/run-session.ts'

/** What a join reads of one of its inputs. */
export interface InputRecord {
  readonly step: string
  readonly task: string
  readonly artifacts: ArtifactMap
  readonly dropped?: Readonly<Record<string, string>>
}

/** The finished tasks that a join joins, in order of the split. */
export interface InputRecords {
  readonly count: number
  /** First steps of the branches of a static split; `undefined` for a foreach. */
  readonly branches: readonly string[] | undefined
  /** The items of the foreach, where they are known. */
  readonly segments: readonly ItemSegment[] | undefined
  record(position: number): InputRecord
  /** For messages: `branch 'a'`, `input 7`. */
  nameOf(position: number): string
}

/** Decoded task records that are kept, whole slices at a time: for a scan that reads ahead, and for who goes back and forth. */
const KEPT_OF_SCAN = 512
const KEPT_RECORDS = 8192

/** The join itself: its step and the indices of the foreaches around it. */
export interface TaskPlace {
  readonly step: string
  readonly path: readonly number[]
}

export async function openInputs(
  session: RunSession,
  join: TaskPlace,
  input: SliceInput,
): Promise<InputRecords | undefined> {
  if (input.type === 'branches') {
    const { branches } = input
    return {
      count: branches.length,
      branches: branches.map((one) => one.branch),
      segments: undefined,
      record: (position) => branches[position] as InputRecord,
      nameOf: (position) => `branch '${branches[position]?.branch}'`,
    }
  }
  if (input.type !== 'foreach') return undefined
  const records = new ForeachRecords(session, join, input)
  await records.prepare()
  return records
}

/** Tasks behind one locator, or one task behind a locator without a slice: `from` is the index of the first. */
interface OpenRecords {
  readonly from: number
  readonly records: readonly (InputRecord | undefined)[]
}

/**
 * Reads the commits behind the locators as they are needed: a scan reads each once. Of what it has passed little is kept, until somebody
 * comes back to that: what is let go while it is in the young part of the heap costs no memory, however much there is of it.
 */
class ForeachRecords implements InputRecords {
  readonly count: number
  readonly branches: undefined
  readonly segments: readonly ItemSegment[] | undefined
  readonly #session: RunSession
  readonly #join: TaskPlace
  readonly #locators: readonly InputLocator[]
  readonly #open = new Map<InputLocator | number, OpenRecords>()
  /** What was opened once. */
  readonly #seen = new Set<InputLocator | number>()
  #most = KEPT_OF_SCAN
  #current: { readonly unit: InputLocator | number; readonly opened: OpenRecords } | undefined
  readonly #commits: CommitReads
  /** By step and task id. */
  readonly #adopted = new Map<string, TaskRecord>()
  #kept = 0
  #last: InputLocator | undefined

  constructor(session: RunSession, join: TaskPlace, input: Extract<SliceInput, { type: 'foreach' }>) {
    this.count = input.count
    this.segments = input.segments
    this.#session = session
    this.#join = join
    this.#locators = input.locators.toSorted((a, b) => a.from - b.from)
    this.#commits = new CommitReads(session, input.count, (position) => this.#placesAt(position))
  }

  async prepare(): Promise<void> {
    const { runStore, store, open } = this.#session
    const steps = new Set(this.#locators.flatMap((one) => (one.slice === undefined ? one.steps : [])))
    if (steps.size > 0 && open.originRun !== undefined) {
      for (const record of (await runStore.readAdopted()) ?? []) {
        if (steps.has(record.step)) this.#adopted.set(`${record.step}/${record.task}`, record)
      }
    }
    if (store.sync === undefined) await this.#commits.readAll()
  }

  record(position: number): InputRecord {
    const locator = this.#locatorOf(position)
    const opened = locator === undefined ? undefined : this.#opened(locator, position)
    const record = opened?.records[position - opened.from]
    if (record === undefined) {
      throw flowError('INPUT_NOT_FINISHED', {
        step: this.#join.step,
        input: locator?.steps.join(' or ') ?? '',
        index: position,
      })
    }
    return record
  }

  nameOf(position: number): string {
    return `input ${position}`
  }

  #locatorOf(position: number): InputLocator | undefined {
    const last = this.#last
    if (last !== undefined && last.from <= position && position < last.to) return last
    const found = this.#locators[lastAtOrBefore(this.#locators, position)]
    if (found === undefined || position < found.from || position >= found.to) return undefined
    this.#last = found
    return found
  }

  #opened(locator: InputLocator, position: number): OpenRecords {
    const unit = locator.slice === undefined ? position : locator
    if (this.#current?.unit === unit) return this.#current.opened
    // Let go before the next one is read.
    this.#current = undefined
    const opened = this.#open.get(unit) ?? this.#read(unit, locator, position)
    this.#current = { unit, opened }
    return opened
  }

  #read(unit: InputLocator | number, locator: InputLocator, position: number): OpenRecords {
    if (this.#seen.has(unit)) this.#most = KEPT_RECORDS
    else if (this.#seen.size < KEPT_RECORDS) this.#seen.add(unit)
    const { slice } = locator
    const opened = slice === undefined ? this.#readOne(locator, position) : this.#readAll(locator, slice, position)
    if (opened.records.length > this.#most) return opened
    this.#open.set(unit, opened)
    this.#kept += opened.records.length
    for (const [oldest, { records }] of this.#open) {
      if (this.#kept <= this.#most) break
      this.#open.delete(oldest)
      this.#kept -= records.length
    }
    return opened
  }

  #readAll({ from, to, steps }: InputLocator, slice: CommitPlace, position: number): OpenRecords {
    const records: (InputRecord | undefined)[] = Array.from({ length: to - from })
    for (const commit of this.#commitsOf(slice, position)) {
      for (const task of commit.tasks) {
        if (!steps.includes(task.step) || task.outcome === 'failed') continue
        const index = innermostIndex(task.task)
        if (index >= from && index < to) records[index - from] = task
      }
    }
    return { from, records }
  }

  #readOne({ steps }: InputLocator, position: number): OpenRecords {
    const task = this.#taskAt(position)
    for (const step of steps) {
      const adopted = this.#adopted.get(`${step}/${task}`)
      if (adopted !== undefined) return { from: position, records: [adopted] }
      for (const commit of this.#commitsOf({ head: step, key: task }, position)) {
        const record = commit.tasks.find((one) => one.step === step && one.task === task && one.outcome !== 'failed')
        if (record !== undefined) return { from: position, records: [record] }
      }
    }
    return { from: position, records: [] }
  }

  #taskAt(position: number): string {
    return taskId({ path: [...this.#join.path, position], turn: 0 })
  }

  /** The commits to look into for the input at a position, continuations apart, and the position after those that they are for. */
  #placesAt(position: number): { readonly places: readonly CommitPlace[]; readonly to: number } {
    const locator = this.#locatorOf(position)
    if (locator?.slice !== undefined) return { places: [locator.slice], to: locator.to }
    const key = this.#taskAt(position)
    const steps = locator?.steps ?? []
    const isAdopted = steps.some((step) => this.#adopted.has(`${step}/${key}`))
    return { places: isAdopted ? [] : steps.map((head) => ({ head, key })), to: position + 1 }
  }

  /** The commit of a slice, then those of its continuations. */
  *#commitsOf({ head, key }: CommitPlace, position: number): Generator<Commit> {
    const commit = this.#commits.read({ head, key }, position)
    if (commit === undefined) return
    yield commit
    for (const continuation of commit.continuations) yield* this.#commitsOf({ head, key: continuation.key }, position)
  }
}

function lastAtOrBefore(sorted: readonly { readonly from: number }[], position: number): number {
  return Math.max(0, countWhile(sorted.length, (n) => (sorted[n] as { from: number }).from <= position) - 1)
}

function innermostIndex(task: string): number {
  return Number.parseInt(task.slice(task.lastIndexOf('.') + 1), 10)
}

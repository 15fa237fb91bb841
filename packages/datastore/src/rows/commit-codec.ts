import { flowError, type Commit, type Continuation, type SlicePlan, type TaskRecord } from '@flowctl/core'
import { countOutcomes, type OutcomeCounts } from './count-outcomes.ts'
import { decodeRecord, encodeJson, RECORD_FORMAT } from './json-record.ts'
import { TableReader, TableWriter, type Tables } from './tables.ts'
import { attemptRow, readAttempt, readTask, taskRow, type AttemptRow, type TaskRow } from './task-rows.ts'

/** What can be told of a commit from its first bytes. */
export interface CommitOutline {
  readonly head: string
  readonly key: string
  readonly continuations: readonly Continuation[]
  readonly plan?: SlicePlan
  /** Tasks that have their final outcome, by step. */
  readonly counts: Readonly<Record<string, OutcomeCounts>>
}

/**
 * A commit as JSON. What an outline needs comes before the tables and rows, which may be large: the text begins with the format and
 * with the number of bytes of the members that follow and belong to the outline (`LENGTH`). Commits of earlier versions do not tell it,
 * and the oldest have no counts. Tasks and attempts are rows that refer to the tables.
 */
interface CommitJson extends OutlineJson, Tables {
  readonly format: 1
  readonly outline: number
  readonly tasks: readonly TaskRow[]
  readonly attempts: readonly AttemptRow[]
}

interface OutlineJson extends CommitOutline {
  readonly execution: string
  readonly host: string
}

const decoder = new TextDecoder()

/** How a commit begins that tells the length of its outline. */
const LENGTH = /^\{"format":\d+,"outline":(\d+),/
/** No such beginning is longer, in bytes. */
const LONGEST_BEGINNING = 64

interface AdoptedJson extends Tables {
  readonly format: 1
  readonly tasks: readonly TaskRow[]
}

export function encodeCommit(commit: Commit): Uint8Array {
  const { head, key, execution, host, continuations, plan } = commit
  const tables = new TableWriter()
  const tasks = commit.tasks.map((task) => taskRow(task, tables))
  const attempts = commit.attempts.map((attempt) => attemptRow(attempt, tables))
  const outline: OutlineJson = {
    head,
    key,
    execution,
    host,
    continuations,
    ...(plan !== undefined && { plan }),
    counts: countOutcomes(commit.tasks),
  }
  const json: CommitJson = {
    format: RECORD_FORMAT,
    // Its members, without the braces.
    outline: Buffer.byteLength(JSON.stringify(outline)) - 2,
    ...outline,
    ...tables.tables(),
    tasks,
    attempts,
  }
  return encodeJson(json)
}

/**
 * What the beginning of a commit tells; `undefined` when more of it is needed. `whole`: there is no more. Throws RECORD_NEWER and
 * RECORD_CORRUPT.
 */
export function decodeOutline(start: Uint8Array, whole: boolean, what = 'A commit'): CommitOutline | undefined {
  const [beginning, length] = LENGTH.exec(decoder.decode(start.subarray(0, LONGEST_BEGINNING))) ?? []
  if (beginning !== undefined && beginning.length + Number(length) <= start.length) {
    const members = decoder.decode(start.subarray(0, beginning.length + Number(length)))
    const { head, key, continuations, plan, counts } = decodeRecord(`${members}}`, what) as unknown as OutlineJson
    return { head, key, continuations, counts, ...(plan !== undefined && { plan }) }
  }
  return whole ? outlineOf(decodeCommit(start, what)) : undefined
}

export function outlineOf({ head, key, continuations, plan, tasks }: Commit): CommitOutline {
  return { head, key, continuations, counts: countOutcomes(tasks), ...(plan !== undefined && { plan }) }
}

/** `what` names the object in messages. Throws RECORD_NEWER and RECORD_CORRUPT. */
export function decodeCommit(bytes: Uint8Array, what = 'A commit'): Commit {
  const json = decodeRecord(bytes, what) as unknown as CommitJson
  return reading(what, () => {
    const { format, head, key, execution, host, continuations, plan } = json
    const tables = new TableReader(json)
    const tasks = json.tasks.map((row) => readTask(row, tables))
    const attempts = json.attempts.map((row) => readAttempt(row, tables))
    const commit = { format, head, key, execution, host, tasks, attempts, continuations }
    return plan === undefined ? commit : { ...commit, plan }
  })
}

/** The task records that a resumed run took over. */
export function encodeAdopted(records: readonly TaskRecord[]): Uint8Array {
  const tables = new TableWriter()
  const tasks = records.map((task) => taskRow(task, tables))
  const json: AdoptedJson = { format: RECORD_FORMAT, ...tables.tables(), tasks }
  return encodeJson(json)
}

export function decodeAdopted(bytes: Uint8Array, what = 'A list of adopted tasks'): TaskRecord[] {
  const json = decodeRecord(bytes, what) as unknown as AdoptedJson
  return reading(what, () => {
    const tables = new TableReader(json)
    return json.tasks.map((row) => readTask(row, tables))
  })
}

/** Records are written by us alone, so their parts are not checked one by one; nonsense still says which object it is in. */
function reading<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw flowError('RECORD_CORRUPT', { what, problem: (cause as Error).message }, { cause })
  }
}

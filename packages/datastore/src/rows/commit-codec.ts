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
 * A commit as JSON: tasks and attempts are rows that refer to the tables. What an outline needs comes before the tables, which may be
 * large. Commits of earlier versions have no counts.
 */
interface CommitJson extends Omit<CommitOutline, 'counts'>, Tables {
  readonly format: 1
  readonly execution: string
  readonly host: string
  readonly counts?: CommitOutline['counts']
  readonly tasks: readonly TaskRow[]
  readonly attempts: readonly AttemptRow[]
}

/** Ends the outline in the text of a commit. Nothing before it holds a list under this name. */
const TABLES = ',"refs":['

interface AdoptedJson extends Tables {
  readonly format: 1
  readonly tasks: readonly TaskRow[]
}

export function encodeCommit(commit: Commit): Uint8Array {
  const { head, key, execution, host, continuations, plan } = commit
  const tables = new TableWriter()
  const tasks = commit.tasks.map((task) => taskRow(task, tables))
  const attempts = commit.attempts.map((attempt) => attemptRow(attempt, tables))
  const json: CommitJson = {
    format: RECORD_FORMAT,
    head,
    key,
    execution,
    host,
    continuations,
    ...(plan !== undefined && { plan }),
    counts: countOutcomes(commit.tasks),
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
  const text = new TextDecoder().decode(start)
  const end = text.indexOf(TABLES)
  if (end < 0 && !whole) return undefined
  const json = decodeRecord(`${end < 0 ? text : `${text.slice(0, end)}}`}`, what) as unknown as CommitJson
  const { head, key, continuations, plan, counts } = json
  if (counts !== undefined) return { head, key, continuations, counts, ...(plan !== undefined && { plan }) }
  if (!whole) return undefined
  return outlineOf(decodeCommit(start, what))
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

import type { AttemptRecord, ItemSegment, LogRef, TakenTransition, TaskError, TaskRecord } from '@flowctl/core'
import type { MapRow, TableReader, TableWriter } from './tables.ts'

/** Columns of an attempt; `null` stands for what is absent in the middle, and what is absent at the end is left out. */
type AttemptRow = readonly [
  step: string,
  task: string,
  attempt: number,
  startedAt: number,
  endedAt: number,
  pid: number,
  log: LogRow | null,
  error: TaskError | null,
]
type LogRow = readonly [object: number, from: number, to: number, stdoutLines: number, stderrLines: number]

/** Columns of a task: those of an attempt, and these. */
type TaskRow = readonly [
  ...AttemptRow,
  outcome: TaskRecord['outcome'],
  artifacts: MapRow,
  taken: number | null,
  dropped?: Readonly<Record<string, string>>,
]

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Foreach = Extract<TakenTransition, { kind: 'foreach' }>
type ForeachRow = Omit<Foreach, 'segments'> & { readonly segments: readonly (readonly [from: number, items: number])[] }

export function attemptRow(record: AttemptRecord, tables: TableWriter): AttemptRow {
  const { step, task, attempt, startedAt, endedAt, pid, log, error } = record
  return [step, task, attempt, startedAt, endedAt, pid, log === undefined ? null : logRow(log, tables), error ?? null]
}

/*
 * Rows are read one field after the other into one object: tens of thousands of them are read at once, and spreading objects costs
 * more than parsing the JSON they come from.
 */

export function readAttempt(row: AttemptRow, tables: TableReader): AttemptRecord {
  const record: Writable<AttemptRecord> = {
    step: row[0],
    task: row[1],
    attempt: row[2],
    startedAt: row[3],
    endedAt: row[4],
    pid: row[5],
  }
  if (row[7] !== null) record.error = row[7]
  if (row[6] !== null) record.log = readLogRow(row[6], tables)
  return record
}

export function taskRow(record: TaskRecord, tables: TableWriter): TaskRow {
  const { outcome, artifacts, taken, dropped } = record
  const transition = taken === undefined ? null : tables.taken(takenRow(taken, tables))
  const attempt = attemptRow(record, tables)
  const map = tables.map(artifacts)
  return dropped === undefined
    ? [...attempt, outcome, map, transition]
    : [...attempt, outcome, map, transition, dropped]
}

export function readTask(row: TaskRow, tables: TableReader): TaskRecord {
  const record = readAttempt(row as unknown as AttemptRow, tables) as Writable<TaskRecord>
  record.outcome = row[8]
  record.artifacts = tables.map(row[9])
  if (row[11] !== undefined) record.dropped = row[11]
  if (row[10] !== null) record.taken = readTaken(tables.taken(row[10]), tables)
  return record
}

function logRow(log: LogRef, tables: TableWriter): LogRow {
  return [tables.object(log.object), log.from, log.to, log.stdoutLines, log.stderrLines]
}

function readLogRow(row: LogRow, tables: TableReader): LogRef {
  const [object, from, to, stdoutLines, stderrLines] = row
  return { object: tables.object(object), from, to, stdoutLines, stderrLines }
}

function takenRow(taken: TakenTransition, tables: TableWriter): unknown {
  if (taken.kind !== 'foreach') return taken
  const segments = taken.segments.map((segment) => [segment.from, tables.ref(segment.items)] as const)
  return { ...taken, segments } satisfies ForeachRow
}

function readTaken(row: unknown, tables: TableReader): TakenTransition {
  if ((row as TakenTransition).kind !== 'foreach') return row as TakenTransition
  const foreach = row as ForeachRow
  const segments: ItemSegment[] = foreach.segments.map(([from, items]) => ({ from, items: tables.ref(items) }))
  return { ...foreach, segments }
}

export type { AttemptRow, TaskRow }

import { layout, type LogRef, type Slice } from '@flowctl/core'
import { encodeLogLines, type RunStore } from '@flowctl/datastore'
import type { TaskLogs } from './task-logs.ts'

interface LoggedAttempt {
  readonly step: string
  readonly task: string
  readonly attempt: number
}

/** Writes the log lines of one execution as one object, attempt after attempt, and says where those of each are. */
export async function writeLogs(
  store: RunStore,
  slice: Slice,
  execution: string,
  attempts: Iterable<LoggedAttempt>,
  logs: TaskLogs,
): Promise<(attempt: LoggedAttempt) => LogRef | undefined> {
  if (logs.isEmpty) return () => undefined
  const object = layout.logKey(store.flow, store.run, slice.head, slice.key, execution)
  const refs = new Map<string, LogRef>()
  const chunks: Uint8Array[] = []
  let at = 0
  for (const attempt of attempts) {
    const lines = logs.linesOf(attempt)
    if (lines.length === 0) continue
    const bytes = encodeLogLines(lines)
    const stdoutLines = lines.filter((line) => line.stream === 'stdout').length
    const stderrLines = lines.length - stdoutLines
    refs.set(keyOf(attempt), { object, from: at, to: at + bytes.length, stdoutLines, stderrLines })
    chunks.push(bytes)
    at += bytes.length
  }
  if (chunks.length > 0) await store.putLog(object, chunks)
  return (attempt) => refs.get(keyOf(attempt))
}

function keyOf({ step, task, attempt }: LoggedAttempt): string {
  return `${step}/${task}/${attempt}`
}

import type { RunEvent, TaskEnded, TaskStarted } from '@flowctl/engine'

/**
 * Events as text. A task that began and succeeded, with nothing in between, is two events but one short row: small tasks come by tens
 * of thousands a second, and Redis holds their events for a while.
 */
export function encodeEvents(events: readonly RunEvent[]): string {
  const entries: (RunEvent | DoneGroup)[] = []
  let group: DoneGroup | undefined
  for (let n = 0; n < events.length; n += 1) {
    const event = events[n] as RunEvent
    const next = events[n + 1]
    if (!isDone(event, next)) {
      group = undefined
      entries.push(event)
      continue
    }
    n += 1
    const { step, pid, startedAt, task, attempt, at, input } = next
    if (group?.[0] !== step || group[1] !== pid) entries.push((group = [step, pid, startedAt, []]))
    const from = startedAt - group[2]
    const took = at - startedAt
    if (attempt > 0) group[3].push([task, from, took, input ?? null, attempt])
    else group[3].push(input === undefined ? [task, from, took] : [task, from, took, input])
  }
  return JSON.stringify(entries)
}

export function decodeEvents(text: string): RunEvent[] {
  const events: RunEvent[] = []
  for (const entry of JSON.parse(text) as (RunEvent | DoneGroup)[]) {
    if (!Array.isArray(entry)) {
      events.push(entry as RunEvent)
      continue
    }
    const [step, pid, base, rows] = entry as DoneGroup
    for (const [task, from, took, input, attempt = 0] of rows) {
      const startedAt = base + from
      const item = typeof input === 'string' ? { input } : {}
      const of = { step, task, attempt, pid }
      events.push({ type: 'task-started', at: startedAt, ...of, ...item })
      events.push({ type: 'task-ended', at: startedAt + took, ...of, startedAt, ...item, outcome: 'succeeded' })
    }
  }
  return events
}

/** Tasks of one step and process; their times are milliseconds after `base`. */
type DoneGroup = [step: string, pid: number, base: number, rows: DoneRow[]]
type DoneRow = [task: string, from: number, took: number, input?: string | null, attempt?: number]

function isDone(event: RunEvent, next: RunEvent | undefined): next is TaskEnded {
  return event.type === 'task-started' && next?.type === 'task-ended' && isSame(event, next)
}

function isSame(started: TaskStarted, ended: TaskEnded): boolean {
  return (
    ended.outcome === 'succeeded' &&
    started.task === ended.task &&
    started.step === ended.step &&
    started.attempt === ended.attempt &&
    started.at === ended.startedAt &&
    started.input === ended.input &&
    started.pid === ended.pid
  )
}

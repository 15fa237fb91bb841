import type { RunEvent } from '../../events.ts'
import type { Connection } from '../redis/connect.ts'
import { eventsKey, runName, shardPrefix } from '../redis/keys.ts'

const FLUSH_MS = 50
/** Entries kept of a run's stream; each holds what happened within a moment on one worker. */
const MAX_ENTRIES = 10_000
const MAX_EVENTS = 200
/** Text lines beyond this many a moment are dropped from the live view; the log in the datastore has them all. */
const MAX_LINES = 1000

interface Buffer {
  events: RunEvent[]
  lines: number
}

/** Writes what happens in runs to their streams, some at a time. The live view is no record: trouble here disturbs nothing. */
export class EventLog {
  readonly #connection: Connection
  readonly #waiting = new Map<string, Buffer>()
  #timer: NodeJS.Timeout | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  writer(flow: string, run: string, shard: number): (event: RunEvent) => void {
    const key = eventsKey(shardPrefix(this.#connection, shard), runName(flow, run))
    return (event) => {
      let buffer = this.#waiting.get(key)
      if (buffer === undefined) this.#waiting.set(key, (buffer = { events: [], lines: 0 }))
      if (event.type === 'line' && (buffer.lines += 1) > MAX_LINES) return
      buffer.events.push(event)
      this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
    }
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    const writes: Promise<unknown>[] = []
    for (const [key, { events }] of waiting) {
      for (let from = 0; from < events.length; from += MAX_EVENTS) {
        const text = JSON.stringify(events.slice(from, from + MAX_EVENTS))
        writes.push(this.#connection.redis.xadd(key, 'MAXLEN', '~', MAX_ENTRIES, '*', 'e', text))
      }
    }
    await Promise.all(writes).catch(() => {})
  }
}

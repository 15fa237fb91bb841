import { RecentMap } from '@flowctl/basics'
import type { RunEvent } from '@flowctl/engine'
import type { Connection } from '../connection/connect.ts'
import { eventsKey, runName, shardPrefix } from '../connection/keys.ts'
import { encodeEvents } from './event-batch.ts'

const FLUSH_MS = 50
/** Entries kept of a run's stream; each holds what happened within a moment on one worker. Fewer of them if they are large. */
const MAX_ENTRIES = 10_000
const MAX_STREAM_BYTES = 4 * 1024 * 1024
const MAX_EVENTS = 500
/** Text lines beyond this many a moment are dropped from the live view; the log in the datastore has them all. */
const MAX_LINES = 1000

interface Buffer {
  events: RunEvent[]
  lines: number
}

/** What was written to a stream, for the mean. */
interface Written {
  entries: number
  bytes: number
}

/** Streams whose mean is known; of others it is found anew. */
const MOST_STREAMS = 1000

/** Writes what happens in runs to their streams, some at a time. The live view is no record: trouble here disturbs nothing. */
export class EventLog {
  readonly #connection: Connection
  readonly #waiting = new Map<string, Buffer>()
  readonly #written = new RecentMap<string, Written>(MOST_STREAMS)
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
        const text = encodeEvents(
          from === 0 && events.length <= MAX_EVENTS ? events : events.slice(from, from + MAX_EVENTS),
        )
        writes.push(
          this.#connection.redis.xadd(key, 'MAXLEN', '~', this.#mostEntries(key, text.length), '*', 'e', text),
        )
      }
    }
    await Promise.all(writes).catch(() => {})
  }

  #mostEntries(key: string, bytes: number): number {
    const written = this.#written.get(key) ?? { entries: 0, bytes: 0 }
    this.#written.set(key, written)
    written.entries += 1
    written.bytes += bytes
    return Math.max(1, Math.min(MAX_ENTRIES, Math.floor(MAX_STREAM_BYTES / (written.bytes / written.entries))))
  }
}

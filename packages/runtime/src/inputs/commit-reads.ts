import { layout, type Commit } from '@flowctl/core'
import { decodeCommit } from '@flowctl/datastore'
import { Scan } from './scan.ts'
import type { RunSession } from '../session/run-session.ts'

export interface CommitPlace {
  readonly head: string
  readonly key: string
}

/** Where the inputs from a position on are to be found: those up to, not including, `to` in these commits and their continuations. */
type PlacesAt = (position: number) => { readonly places: readonly CommitPlace[]; readonly to: number }

/** What is read ahead at a time: so many commits, together about so many bytes. */
const READ_AHEAD = 256
const READ_AHEAD_BYTES = 8 * 1024 * 1024

/**
 * Reads the commits of a join's inputs when they are needed. Where every read is a round trip, a scan over the inputs reads several
 * at a time.
 */
export class CommitReads {
  readonly #session: RunSession
  readonly #count: number
  readonly #placesAt: PlacesAt
  readonly #scan = new Scan(READ_AHEAD)
  /** By object key: read, and not asked for yet. */
  readonly #ahead = new Map<string, Uint8Array | undefined>()
  /** Commits of a store that cannot be read synchronously. */
  readonly #fetched = new Map<string, Commit | undefined>()
  /** The largest that was seen. */
  #largest = 0

  /** `count`: of all inputs. */
  constructor(session: RunSession, count: number, placesAt: PlacesAt) {
    this.#session = session
    this.#count = count
    this.#placesAt = placesAt
  }

  /** `position`: of the input that is looked for. */
  read(place: CommitPlace, position: number): Commit | undefined {
    const { sync } = this.#session.store
    const key = this.#keyOf(place)
    if (sync === undefined) return this.#fetched.get(key)
    this.#readAhead(position)
    const isAhead = this.#ahead.has(key)
    const bytes = isAhead ? this.#ahead.get(key) : sync.get(key)
    this.#ahead.delete(key)
    this.#largest = Math.max(this.#largest, bytes?.byteLength ?? 0)
    return bytes === undefined ? undefined : decodeCommit(bytes, key)
  }

  /** For a store that cannot be read synchronously: everything, at once. */
  async readAll(): Promise<void> {
    const places: CommitPlace[] = []
    for (let position = 0; position < this.#count;) {
      const found = this.#placesAt(position)
      places.push(...found.places)
      position = found.to
    }
    await Promise.all(places.map((place) => this.#fetch(place)))
  }

  async #fetch(place: CommitPlace): Promise<void> {
    const commit = await this.#session.runStore.readCommit(place.head, place.key)
    this.#fetched.set(this.#keyOf(place), commit)
    const { continuations = [] } = commit ?? {}
    await Promise.all(continuations.map((one) => this.#fetch({ head: place.head, key: one.key })))
  }

  #readAhead(position: number): void {
    const { sync } = this.#session.store
    if (sync?.getMany === undefined) return
    const width = this.#scan.widthAt(position)
    if (width === 0) return
    // What was read for a scan that went elsewhere.
    this.#ahead.clear()
    const most = Math.min(width, Math.max(1, Math.floor(READ_AHEAD_BYTES / Math.max(1, this.#largest))))
    const keys: string[] = []
    let to = position
    while (keys.length < most && to < this.#count) {
      const found = this.#placesAt(to)
      keys.push(...found.places.map((place) => this.#keyOf(place)))
      to = found.to
    }
    this.#scan.covered(to)
    if (keys.length < 2) return
    const found = sync.getMany(keys)
    keys.forEach((key, i) => this.#ahead.set(key, found[i]))
  }

  #keyOf({ head, key }: CommitPlace): string {
    const { flow, run } = this.#session.runStore
    return layout.commitKey(flow, run, head, key)
  }
}

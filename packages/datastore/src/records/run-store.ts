import {
  flowError,
  layout,
  type Body,
  type Commit,
  type EndRecord,
  type HeartbeatRecord,
  type ListPage,
  type LogRef,
  type ObjectStore,
  type RunRecord,
  type SlicePlan,
  type StopRecord,
  type TaskRecord,
} from '@flowctl/core'
import {
  decodeAdopted,
  decodeCommit,
  decodeOutline,
  encodeAdopted,
  encodeCommit,
  type CommitOutline,
} from '../rows/commit-codec.ts'
import { decodeJson, decodeRecord, encodeJson } from '../rows/json-record.ts'
import { decodeLogLines, type LogLine } from './log-lines.ts'
import { decodeTags, encodeTags, updateTags } from './run-tags.ts'

/** `lost`: somebody else's object was there first, and is what counts. */
export type Written = 'written' | 'lost'

/** The outline of a commit is shorter than this unless very many of its tasks are to be continued. */
const OUTLINE_BYTES = 4096
const NOTHING = new Uint8Array(0)

/** What the datastore holds of one run. Reads give `undefined` for what is not there. */
export class RunStore {
  readonly store: ObjectStore
  readonly flow: string
  readonly run: string

  constructor(store: ObjectStore, flow: string, run: string) {
    this.store = store
    this.flow = flow
    this.run = run
  }

  /** Records the run, then its tags, then its place among the flow's runs. Throws RUN_ID_TAKEN. */
  async create(record: RunRecord, tags: readonly string[] = []): Promise<void> {
    const { flow, run } = this
    if ((await this.#putOnce(layout.runKey(flow, run), encodeJson(record))) === 'lost') {
      throw flowError('RUN_ID_TAKEN', { flow, run })
    }
    if (tags.length > 0) await this.store.putIfAbsent(layout.tagsKey(flow, run), encodeTags(tags))
    await this.store.put(layout.runIndexPrefix(flow) + layout.indexEntry(record.createdAt, run), NOTHING)
  }

  async read(): Promise<RunRecord | undefined> {
    const key = layout.runKey(this.flow, this.run)
    return this.#read(key, (bytes) => decodeRecord(bytes, key) as unknown as RunRecord)
  }

  async putCommit(commit: Commit): Promise<Written> {
    return this.#putOnce(layout.commitKey(this.flow, this.run, commit.head, commit.key), encodeCommit(commit))
  }

  /** A commit of this slice is to be expected soon. */
  prepareCommit(head: string, key: string): void {
    this.store.prepare?.(layout.commitKey(this.flow, this.run, head, key))
  }

  async readCommit(head: string, key: string): Promise<Commit | undefined> {
    const object = layout.commitKey(this.flow, this.run, head, key)
    return this.#read(object, (bytes) => decodeCommit(bytes, object))
  }

  /** The same without its tasks: reads only its beginning, as a rule. */
  async readOutline(head: string, key: string): Promise<CommitOutline | undefined> {
    const object = layout.commitKey(this.flow, this.run, head, key)
    const start = await this.store.getRange(object, 0, OUTLINE_BYTES)
    if (start === undefined) return undefined
    const outline = decodeOutline(start, start.length < OUTLINE_BYTES, object)
    return outline ?? this.#read(object, (bytes) => decodeOutline(bytes, true, object))
  }

  /** All commits of the run, by head step and key, in order of their characters. */
  async *listAllCommits(): AsyncIterable<{ readonly head: string; readonly key: string }> {
    const prefix = layout.allCommitsPrefix(this.flow, this.run)
    for await (const name of this.#list(prefix)) {
      const at = name.indexOf('/')
      yield { head: name.slice(0, at), key: name.slice(at + 1) }
    }
  }

  /** The keys of the slices of a head step that have a commit, in order of their characters. */
  async *listCommits(head: string): AsyncIterable<string> {
    yield* this.#list(layout.commitsPrefix(this.flow, this.run, head))
  }

  async putStop(record: StopRecord): Promise<Written> {
    return this.#putOnce(layout.stopKey(this.flow, this.run), encodeJson(record))
  }

  async readStop(): Promise<StopRecord | undefined> {
    return this.#readJson<StopRecord>(layout.stopKey(this.flow, this.run))
  }

  /** Also enters a successful run among the flow's successful ones: whoever wrote the end, so that a crash in between heals. */
  async putEnd(record: EndRecord, runCreatedAt: number): Promise<Written> {
    const written = await this.#putOnce(layout.endKey(this.flow, this.run), encodeJson(record))
    const end = written === 'written' ? record : await this.readEnd()
    if (end?.status === 'succeeded') {
      await this.store.put(layout.successIndexPrefix(this.flow) + layout.indexEntry(runCreatedAt, this.run), NOTHING)
    }
    return written
  }

  async readEnd(): Promise<EndRecord | undefined> {
    return this.#readJson<EndRecord>(layout.endKey(this.flow, this.run))
  }

  async putAdopted(tasks: readonly TaskRecord[]): Promise<Written> {
    return this.#putOnce(layout.adoptedKey(this.flow, this.run), encodeAdopted(tasks))
  }

  async readAdopted(): Promise<TaskRecord[] | undefined> {
    const key = layout.adoptedKey(this.flow, this.run)
    return this.#read(key, (bytes) => decodeAdopted(bytes, key))
  }

  /** Batch `n` (from 1) of the slices of the foreach that task `task` of step `split` opened. */
  async putSlicePlan(split: string, task: string, n: number, plan: SlicePlan): Promise<Written> {
    return this.#putOnce(layout.slicePlanKey(this.flow, this.run, split, task, n), encodeJson(plan))
  }

  async readSlicePlan(split: string, task: string, n: number): Promise<SlicePlan | undefined> {
    return this.#readJson<SlicePlan>(layout.slicePlanKey(this.flow, this.run, split, task, n))
  }

  /** The user's tags; none when the run has none. */
  async readTags(): Promise<readonly string[]> {
    const key = layout.tagsKey(this.flow, this.run)
    return (await this.#read(key, (bytes) => decodeTags(bytes, key))) ?? []
  }

  /** Replaces the tags by what `change` makes of them; it may be called several times. Throws DATASTORE_BUSY. */
  async updateTags(change: (tags: readonly string[]) => readonly string[]): Promise<readonly string[]> {
    return updateTags(this.store, layout.tagsKey(this.flow, this.run), change)
  }

  /** Says that the process that runs this run is alive. */
  async beat(at: number): Promise<void> {
    await this.store.put(layout.heartbeatKey(this.flow, this.run), encodeJson({ at } satisfies HeartbeatRecord))
  }

  async readHeartbeat(): Promise<HeartbeatRecord | undefined> {
    return this.#readJson<HeartbeatRecord>(layout.heartbeatKey(this.flow, this.run))
  }

  /** Writes a log object of `encodeLogLines`; `object` is its whole key, made by `layout.logKey`. */
  async putLog(object: string, body: Body): Promise<void> {
    await this.store.put(object, body)
  }

  /** The lines of one attempt; none when the object is gone. */
  async readLog(ref: LogRef): Promise<LogLine[]> {
    if (ref.to <= ref.from) return []
    const bytes = await this.store.getRange(ref.object, ref.from, ref.to)
    return bytes === undefined ? [] : decodeLogLines(bytes, ref.object)
  }

  /** What follows the prefix in the keys that begin with it. */
  async *#list(prefix: string): AsyncIterable<string> {
    let cursor: string | undefined
    do {
      const page: ListPage = await this.store.list(prefix, cursor === undefined ? {} : { cursor })
      for (const key of page.keys) yield key.slice(prefix.length)
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  async #putOnce(key: string, body: Uint8Array): Promise<Written> {
    return (await this.store.putIfAbsent(key, body)).written ? 'written' : 'lost'
  }

  async #read<T>(key: string, decode: (bytes: Uint8Array) => T): Promise<T | undefined> {
    const found = await this.store.get(key)
    return found && decode(found.bytes)
  }

  async #readJson<T>(key: string): Promise<T | undefined> {
    return this.#read(key, (bytes) => decodeJson(bytes, key) as T)
  }
}

import { RecentMap } from '@flowctl/basics'
import type { ObjectStore, RunRecord } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import { OpenRun, type OpenRunOptions } from './open-run.ts'

const KEPT = 64

/** The runs that a process works for, read once; those used least lately are let go. */
export class OpenRuns {
  readonly #objects: ObjectStore
  readonly #options: (record: RunRecord) => OpenRunOptions
  readonly #known = new RecentMap<string, Promise<OpenRun | undefined>>(KEPT)

  constructor(objects: ObjectStore, options: (record: RunRecord) => OpenRunOptions) {
    this.#objects = objects
    this.#options = options
  }

  /** `undefined` for a run that the datastore does not know. */
  async get(flow: string, run: string): Promise<OpenRun | undefined> {
    const name = `${flow}/${run}`
    const known = this.#known.get(name) ?? this.#open(flow, run)
    this.#known.set(name, known)
    try {
      const work = await known
      if (work === undefined) this.#known.delete(name)
      return work
    } catch (error) {
      this.#known.delete(name)
      throw error
    }
  }

  async #open(flow: string, run: string): Promise<OpenRun | undefined> {
    const store = new RunStore(this.#objects, flow, run)
    const [record, tags] = await Promise.all([store.read(), store.readTags()])
    if (record === undefined) return undefined
    const adopted = record.origin === undefined ? undefined : await store.readAdopted()
    return new OpenRun(record, tags, adopted ?? [], this.#options(record))
  }
}

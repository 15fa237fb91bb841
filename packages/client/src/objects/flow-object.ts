import { mapOrdered } from '@flowctl/basics'
import { flowError, nearest } from '@flowctl/core'
import { latestRunId, latestSuccessfulRunId, listRuns, readRunState } from '@flowctl/datastore'
import { canBeName } from './pathspecs.ts'
import type { Flow, Run, RunFilter } from './model.ts'
import { RunObject } from './run-object.ts'
import type { Session } from './session.ts'

/** Runs read at the same time while they are listed. */
const PARALLEL_RUNS = 8
const PAGE_OF_RUNS = 100
/** Run ids that an error looks at and names. */
const NEWEST = 20

export class FlowObject<F = unknown> implements Flow<F> {
  readonly id: string
  readonly #session: Session

  constructor(session: Session, name: string) {
    this.#session = session
    this.id = name
  }

  get pathspec(): string {
    return this.id
  }

  async run(id: string): Promise<Run<F>> {
    const run = await this.#open(id)
    if (run === undefined) {
      const newest = (await listRuns(this.#session.store, this.id, { limit: NEWEST })).runs
      throw flowError('RUN_UNKNOWN', { flow: this.id, run: id, newest, nearest: nearest(id, newest) })
    }
    const namespace = this.#session.namespace()
    if (isIn(run, namespace)) return run
    const belongsTo = run.tags.filter((tag) => tag.startsWith('user:'))
    throw flowError('NAMESPACE_MISMATCH', { pathspec: run.pathspec, namespace: namespace ?? '', belongsTo })
  }

  async *runs({ tags = [], status, limit = Infinity }: RunFilter = {}): AsyncGenerator<Run<F>, void, undefined> {
    const namespace = this.#session.namespace()
    let left = limit
    let cursor: string | undefined
    do {
      if (left <= 0) return
      const page = await listRuns(this.#session.store, this.id, {
        limit: PAGE_OF_RUNS,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for await (const run of mapOrdered(page.runs, PARALLEL_RUNS, (id) => this.#open(id))) {
        if (run === undefined || !isIn(run, namespace)) continue
        if (status !== undefined && run.status !== status) continue
        if (!tags.every((tag) => run.tags.includes(tag))) continue
        yield run
        left -= 1
        if (left <= 0) return
      }
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  async latestRun(): Promise<Run<F> | undefined> {
    const id = await latestRunId(this.#session.store, this.id)
    return (await this.#ifSeen(id)) ?? (await first(this.runs({ limit: 1 })))
  }

  async latestSuccessfulRun(): Promise<Run<F> | undefined> {
    const id = await latestSuccessfulRunId(this.#session.store, this.id)
    return (await this.#ifSeen(id)) ?? (await first(this.runs({ status: 'succeeded', limit: 1 })))
  }

  [Symbol.asyncIterator](): AsyncIterator<Run<F>> {
    return this.runs()
  }

  toString(): string {
    return `Flow('${this.id}')`
  }

  async #ifSeen(id: string | undefined): Promise<Run<F> | undefined> {
    const run = id === undefined ? undefined : await this.#open(id)
    return run !== undefined && isIn(run, this.#session.namespace()) ? run : undefined
  }

  async #open(id: string): Promise<Run<F> | undefined> {
    const state = canBeName(id) ? await readRunState(this.#session.store, this.id, id, this.#session) : undefined
    return state === undefined ? undefined : new RunObject<F>(this.#session, this, state)
  }
}

function isIn(run: Run, namespace: string | null): boolean {
  return namespace === null || run.tags.includes(namespace)
}

async function first<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item
  return undefined
}

import { mapOrdered } from '@flowctl/basics'
import type { ObjectStore } from '@flowctl/core'
import { listFlows, listRuns, RunStore } from '@flowctl/datastore'
import { BEAT_MS } from '../presence/worker-registry.ts'
import type { JobQueues } from '../queue/job-queues.ts'
import type { Connection } from '../connection/connect.ts'
import { serverKey } from '../connection/keys.ts'
import { placementIn } from '../runs/open-run.ts'
import type { OpenRuns } from '../runs/open-runs.ts'

export interface SweeperOptions {
  readonly connection: Connection
  readonly objects: ObjectStore
  readonly shards: readonly JobQueues[]
  readonly runs: OpenRuns
  readonly now: () => number
  readonly onError: (error: Error) => void
  /** Whether the run is still going. */
  readonly enqueueMissing: (flow: string, run: string) => Promise<boolean>
  readonly recovered: () => void
}

const TICK_MS = 1000
/**
 * A Redis that has lost something is given its jobs again after this long: by then slices that were running have ended, and every worker
 * has said what it still runs, and heard it of the others.
 */
const HEARD_MS = 2.5 * BEAT_MS
/** Newly recorded runs whose submitter did not get to say so are looked for this often. */
const SEARCH_MS = 15_000
/** A run without a sign of progress for this long is looked at, and the longer it stays silent the less often. */
const SILENT_MS = 60_000
const MOST_SILENT_MS = 3_600_000
const NEWEST = 50
const PARALLEL = 16

/**
 * Finds the runs that Redis does not know (any more): all of them after it was wiped or restarted, and now and then the newest and
 * the silent ones.
 */
export class Sweeper {
  readonly #options: SweeperOptions
  /** Runs that need no second look: ended, or not run here. */
  readonly #settled = new Set<string>()
  /** How often silent runs were looked at. */
  readonly #looks = new Map<string, number>()
  /** Shards that have lost something, and since when that is known. */
  readonly #lostSince = new Map<number, number>()
  #timer: NodeJS.Timeout | undefined
  #sweeping: Promise<void> = Promise.resolve()
  #searchedAt = 0
  #stopped = false

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  start(): void {
    this.#sweeping = this.#sweep().catch(this.#options.onError)
    this.#timer = setInterval(() => {
      this.#sweeping = this.#sweeping.then(() => this.#sweep()).catch(this.#options.onError)
    }, TICK_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#sweeping
  }

  /** Whether a shard lies on another server than before, or on one that lost everything: nothing in it can be relied on. */
  async hasLost(shard: number): Promise<boolean> {
    return this.#hasLost(shard, await serverId(this.#options.connection))
  }

  async #hasLost(n: number, server: string): Promise<boolean> {
    const { shards, connection } = this.#options
    return (await connection.redis.get(serverKey((shards[n] as JobQueues).prefix))) !== server
  }

  async #hasGoing(n: number): Promise<boolean> {
    let found = false
    await this.#search(Infinity, async (_flow, _run, at) => {
      found ||= at === n
      return false
    })
    return found
  }

  async #sweep(): Promise<void> {
    if (this.#stopped) return
    const { shards, connection, now } = this.#options
    const server = await serverId(connection)
    for (const [n, shard] of shards.entries()) {
      const since = this.#lostSince.get(n)
      if (!(await this.#hasLost(n, server))) this.#lostSince.delete(n)
      else if (since === undefined && (await this.#hasGoing(n))) this.#lostSince.set(n, now())
      else if (since === undefined || now() - since >= HEARD_MS) {
        await this.#search(Infinity, async (_flow, _run, at) => at === n)
        await connection.redis.set(serverKey(shard.prefix), server)
        this.#lostSince.delete(n)
      }
    }
    if (this.#lostSince.size > 0) return
    if (now() - this.#searchedAt >= SEARCH_MS) {
      this.#searchedAt = now()
      await this.#search(NEWEST, async (flow, run, at) => {
        const shard = shards[at]
        return shard !== undefined && !(await shard.hasRun(flow, run))
      })
    }
    for (const queues of shards) {
      for (const { flow, run } of await queues.silent(now() - SILENT_MS)) {
        const name = `${flow}/${run}`
        const looks = this.#looks.get(name) ?? 0
        this.#looks.set(name, looks + 1)
        if (!(await this.#options.enqueueMissing(flow, run))) {
          this.#looks.delete(name)
          await queues.forget(flow, run, 0)
          continue
        }
        await queues.progress(flow, run, now() + Math.min(SILENT_MS * 2 ** looks, MOST_SILENT_MS) - SILENT_MS)
      }
    }
  }

  /** Adds what is missing of the runs that are going by the datastore and that `needed` picks by their flow, id and shard. */
  async #search(limit: number, needed: (flow: string, run: string, shard: number) => Promise<boolean>): Promise<void> {
    const { objects, enqueueMissing, recovered } = this.#options
    for (const flow of await listFlows(objects)) {
      let left = limit
      let cursor: string | undefined
      do {
        const page = await listRuns(objects, flow, {
          limit: Math.min(left, 1000),
          ...(cursor === undefined ? {} : { cursor }),
        })
        const shards = mapOrdered(page.runs, PARALLEL, (run) => this.#shardOfGoing(flow, run))
        let n = 0
        for await (const shard of shards) {
          const run = page.runs[n] as string
          n += 1
          if (this.#stopped) return
          if (shard === undefined || !(await needed(flow, run, shard))) continue
          recovered()
          await enqueueMissing(flow, run)
        }
        left -= page.runs.length
        cursor = page.cursor
      } while (cursor !== undefined && left > 0)
    }
  }

  async #shardOfGoing(flow: string, run: string): Promise<number | undefined> {
    const name = `${flow}/${run}`
    if (this.#settled.has(name)) return undefined
    const store = new RunStore(this.#options.objects, flow, run)
    if ((await store.readEnd()) === undefined) {
      const record = await store.read()
      if (record?.engine === 'bullmq') return placementIn(record).shard
      // Not there yet, perhaps.
      if (record === undefined) return undefined
    }
    this.#settled.add(name)
    return undefined
  }
}

/** Changes whenever a Redis server starts. Of a Cluster: of all its masters. */
async function serverId({ redis }: Connection): Promise<string> {
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis]
  const ids = await Promise.all(nodes.map(async (node) => /run_id:(\w+)/.exec(await node.info('server'))?.[1] ?? ''))
  return ids.sort().join(',')
}

import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { flowError, type ObjectStore } from '@flowctl/core'
import { processIsAlive } from '@flowctl/datastore'
import type { Settings } from '../configuration/settings.ts'
import { readable } from '../logging/readable.ts'
import { Part } from './part.ts'
import { startRedisServer, stopLeftover } from './redis-server.ts'
import { readUpFile, removeUpFile, writeUpFile } from './up-file.ts'

export interface UpOptions {
  readonly settings: Settings
  /** The `.flowctl` folder that other shells find this by; Redis keeps its file below it. */
  readonly folder: string
  readonly objects: ObjectStore
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The program and what comes before `coordinator` and `worker`. */
  readonly program: readonly [file: string, ...words: string[]]
  /** Lines of all processes, for people. */
  readonly onLine: (line: string) => void
  readonly pid: number
  readonly now: () => number
}

/** All of flowctl's services on this machine. */
export interface Up {
  readonly redisUrl: string
  /** Whether Redis was started too. */
  readonly ownRedis: boolean
  readonly parts: readonly { readonly name: string; readonly pid: number; readonly url: string }[]
  /** Rejects with UP_PART_ENDED when a process ends by itself; everything else is stopped then. */
  readonly ended: Promise<void>
  /** Lets the worker drain, then ends everything, Redis last. */
  stop(): Promise<void>
  /** Ends everything at once. */
  kill(): void
}

/** What processes have beyond their grace to end in, in milliseconds. */
const SPARE_MS = 5000

/**
 * Starts Redis (unless the settings name one), a coordinator and a worker, and tells other shells. Throws UP_RUNNING_ALREADY,
 * REDIS_*, DATASTORE_DIFFERS and UP_PART_ENDED.
 */
export async function startUp(options: UpOptions): Promise<Up> {
  await clearTheWay(options)
  const up = new GoingUp(options)
  try {
    await up.start()
    return up
  } catch (error) {
    await up.stop()
    throw error
  }
}

/** A former `up` that was killed may have left a Redis that still holds the file. */
async function clearTheWay({ folder }: UpOptions): Promise<void> {
  const before = readUpFile(folder, () => true)
  if (before === undefined) return
  if (processIsAlive(before.pid)) throw flowError('UP_RUNNING_ALREADY', { folder, pid: before.pid })
  await stopLeftover(before.redisUrl)
  removeUpFile(folder, before.pid)
}

class GoingUp implements Up {
  redisUrl = ''
  readonly ended: Promise<void>
  readonly #options: UpOptions
  readonly #parts: { readonly part: Part; url: string }[] = []
  #redis: ChildProcess | undefined
  #fail: (error: Error) => void = () => {}
  #finish: () => void = () => {}
  #failure: Error | undefined
  #stopping: Promise<void> | undefined

  constructor(options: UpOptions) {
    this.#options = options
    this.ended = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
    this.ended.catch(() => {})
  }

  get ownRedis(): boolean {
    return this.#redis !== undefined
  }

  get parts(): readonly { name: string; pid: number; url: string }[] {
    return this.#parts.map(({ part, url }) => ({ name: part.name, pid: part.pid, url }))
  }

  async start(): Promise<void> {
    const { settings, environment } = this.#options
    this.redisUrl = settings.redisUrl ?? (await this.#startRedis())
    await this.#takeRedis()
    const shared = { ...environment, ...variables(this.#options, this.redisUrl) }
    await Promise.all([this.#startPart('coordinator', shared), this.#startPart('worker', shared)])
    this.#tellOthers()
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  kill(): void {
    for (const { part } of this.#parts) part.kill()
    this.#redis?.kill('SIGKILL')
    removeUpFile(this.#options.folder, this.#options.pid)
  }

  async #startRedis(): Promise<string> {
    const { folder, environment, onLine } = this.#options
    const server = await startRedisServer({
      folder: join(folder, 'redis'),
      environment,
      onLine: (line) => {
        if (isRedisTrouble(line)) onLine(readable(line))
      },
    })
    this.#redis = server.process
    this.redisUrl = server.url
    // Should this process be killed before all is ready, the next `up` finds the Redis by it.
    this.#tellOthers()
    server.process.once('exit', (code, signal) => this.#lost('Redis', signal ?? `exit code ${String(code)}`))
    return server.url
  }

  /** Before the parts start side by side: a worker could find the mark of a datastore that was here before. */
  async #takeRedis(): Promise<void> {
    const { settings, objects, now } = this.#options
    const { agreeOnDatastore, connect } = await import('@flowctl/queue')
    const { redisNamespace: namespace, shards } = settings
    const connection = await connect({ url: this.redisUrl, namespace, shards })
    try {
      await agreeOnDatastore(connection, objects, 'host', now())
    } finally {
      await connection.close()
    }
  }

  async #startPart(name: string, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
    const { program, cwd, onLine } = this.#options
    const last: string[] = []
    const part = new Part({
      name,
      program,
      words: [name],
      cwd,
      environment,
      onLine: (line) => {
        last.push(line)
        onLine(readable(line))
      },
    })
    const started = { part, url: '' }
    this.#parts.push(started)
    const ready = await part.ready.catch((how: string) => {
      throw flowError('UP_PART_ENDED', { part: name, how })
    })
    started.url = ready.url
    void part.ended.then((how) => this.#lost(name, how))
  }

  #tellOthers(): void {
    const { folder, settings, objects, pid, now } = this.#options
    const { redisNamespace, shards, s3Endpoint } = settings
    const pids = Object.fromEntries(this.#parts.map(({ part }) => [part.name, part.pid]))
    if (this.#redis?.pid !== undefined) pids['redis'] = this.#redis.pid
    writeUpFile(folder, {
      redisUrl: this.redisUrl,
      redisNamespace,
      shards,
      datastore: objects.url,
      ...(s3Endpoint === undefined ? {} : { s3Endpoint }),
      pid,
      pids,
      startedAt: now(),
    })
  }

  #lost(part: string, how: string): void {
    if (this.#stopping !== undefined) return
    this.#failure = flowError('UP_PART_ENDED', { part, how })
    void this.stop()
  }

  async #stop(): Promise<void> {
    const { settings, folder, pid } = this.#options
    removeUpFile(folder, pid)
    const limit = settings.grace * 1000 + SPARE_MS
    const worker = this.#parts.filter(({ part }) => part.name === 'worker')
    const others = this.#parts.filter(({ part }) => part.name !== 'worker')
    // The coordinator may still have runs to end while the worker drains.
    await Promise.all(worker.map(({ part }) => part.stop(limit)))
    await Promise.all(others.map(({ part }) => part.stop(SPARE_MS)))
    await endRedis(this.#redis)
    if (this.#failure === undefined) this.#finish()
    else this.#fail(this.#failure)
  }
}

/** What the services read: all settings are the same for them, whatever a configuration file says. */
function variables({ settings, objects }: UpOptions, redisUrl: string): Record<string, string> {
  const pools = Object.fromEntries(settings.pools.map(({ name, ...offers }) => [name, offers]))
  return {
    FLOWCTL_REDIS_URL: redisUrl,
    FLOWCTL_REDIS_NAMESPACE: settings.redisNamespace,
    FLOWCTL_SHARDS: String(settings.shards),
    FLOWCTL_DATASTORE: objects.url,
    ...(settings.s3Endpoint === undefined ? {} : { FLOWCTL_S3_ENDPOINT: settings.s3Endpoint }),
    FLOWCTL_POOLS: JSON.stringify(pools),
    FLOWCTL_WORKER_POOLS: settings.workerPools.join(','),
    FLOWCTL_SLOTS: String(settings.slots),
    FLOWCTL_GRACE: String(settings.grace),
    FLOWCTL_LOG_LEVEL: settings.logLevel,
    FLOWCTL_HOST: settings.host,
    // Two services cannot share a port.
    FLOWCTL_PORT: '0',
  }
}

/** Redis marks what is serious with a `#`. It complains of the memory settings of every machine that nobody has tuned. */
function isRedisTrouble(line: string): boolean {
  return (
    / # /.test(line) &&
    !/overcommit|Reading config|initialized|oO0OoO0OoO0Oo|Redis version|Configuration loaded|Sending|shutdown/i.test(
      line,
    )
  )
}

function endRedis(redis: ChildProcess | undefined): Promise<void> {
  if (redis === undefined || redis.exitCode !== null || redis.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => redis.kill('SIGKILL'), SPARE_MS)
    redis.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    redis.kill('SIGTERM')
  })
}

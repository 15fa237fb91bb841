import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { layout, structureOf, type RunRecord, type TaskRecord } from '@flowctl/core'
import { fileStore, RunStore } from '@flowctl/datastore'
import { Project, type Finished } from '../../../packages/cli/tests/support/project.ts'
import { startRedis, type RedisServer } from '@flowctl/test-support/servers/redis'
import { until } from '@flowctl/test-support/until'
import { Going } from '../services/shared-project.ts'
import type { NetworkNamespace } from './namespaces.ts'

const BINARY = fileURLToPath(new URL('../../../packages/cli/bin/flowctl.js', import.meta.url))
const PASSWORD = 'correct-horse-battery'

export const flowFile = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A Redis with a password, services as processes of the command line's program, and a folder that they share. */
export class SharedCompute {
  readonly project: Project
  readonly redis: RedisServer
  readonly environment: Readonly<Record<string, string>>
  readonly #going: Going[] = []

  private constructor(project: Project, redis: RedisServer, more: Readonly<Record<string, string>>) {
    this.project = project
    this.redis = redis
    const FLOWCTL_DATASTORE = join(project.folder, 'store')
    this.environment = { FLOWCTL_REDIS_URL: this.#urlAt('127.0.0.1'), FLOWCTL_DATASTORE, ...more }
  }

  /** `hosts`: more addresses that Redis is reached at. */
  static async open(
    files: Readonly<Record<string, string>>,
    {
      hosts = [],
      more = {},
    }: { readonly hosts?: readonly string[]; readonly more?: Readonly<Record<string, string>> } = {},
  ): Promise<SharedCompute> {
    const redis = await startRedis()
    const compute = new SharedCompute(new Project(files), redis, more)
    const client = new Redis(redis.url)
    await client.config('SET', 'requirepass', PASSWORD)
    await client.config('SET', 'bind', ['127.0.0.1', ...hosts].join(' '))
    client.disconnect()
    return compute
  }

  flowctl(...words: string[]): Promise<Finished> {
    return this.project.with(this.environment, ...words)
  }

  /** A coordinator or a worker that is ready. */
  async start(words: readonly string[], namespace?: NetworkNamespace): Promise<Going> {
    const one =
      namespace === undefined
        ? new Going(this.project, words, this.environment)
        : new Going(this.#inside(namespace), words, this.environment)
    this.#going.push(one)
    await one.said(/"msg":"ready"/)
    return one
  }

  async flushAll(): Promise<void> {
    const client = new Redis(this.#urlAt('127.0.0.1'))
    await client.flushall()
    client.disconnect()
  }

  runStore(pathspec: string): RunStore {
    const [flow = '', run = ''] = pathspec.trim().split('/')
    return new RunStore(fileStore(join(this.project.folder, 'store')), flow, run)
  }

  /** Waits for the end of a run, looking at the datastore alone. */
  async ended(pathspec: string): Promise<RunRecord> {
    const store = this.runStore(pathspec)
    await until(async () => (await store.readEnd()) !== undefined, `the end of ${pathspec}`)
    const record = await store.read()
    if (record === undefined) throw new Error(`${pathspec} has no record`)
    return record
  }

  /** All final outcomes of a run, with when each was committed. */
  async outcomes(record: RunRecord): Promise<Outcome[]> {
    const { flow, run, graph } = record
    const store = this.runStore(`${flow}/${run}`)
    const found: Outcome[] = []
    for (const head of new Set(Object.values(structureOf(graph).headOf))) {
      for await (const key of store.listCommits(head)) {
        const commit = await store.readCommit(head, key)
        const file = join(this.project.folder, 'store', layout.commitKey(flow, run, head, key))
        const { mtimeMs } = await stat(file)
        for (const task of commit?.tasks ?? []) found.push({ task, committedAt: mtimeMs })
      }
    }
    return found
  }

  async close(): Promise<void> {
    await Promise.all(this.#going.map((one) => one.stop('SIGKILL')))
    await this.redis.stop()
    this.project.remove()
  }

  #urlAt(host: string): string {
    return `redis://:${PASSWORD}@${host}:${this.redis.port}`
  }

  #inside({ host, words: before }: NetworkNamespace): Pick<Project, 'start'> {
    const { folder } = this.project
    return {
      start: (environment, words) => {
        const { PATH = '' } = process.env
        const own = { PATH, HOME: folder, FLOWCTL_CACHE: join(folder, 'cache'), FLOWCTL_USER: 'ada', TZ: 'UTC' }
        const [program = '', ...rest] = [...before, process.execPath, BINARY, ...words]
        const env = { ...own, ...environment, FLOWCTL_REDIS_URL: this.#urlAt(host) }
        return spawn(program, rest, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
      },
    }
  }
}

export interface Outcome {
  readonly task: TaskRecord
  readonly committedAt: number
}

/** One line of the file that WideFlow writes. */
export interface Execution {
  readonly task: string
  readonly at: number
  /** Process of the worker. */
  readonly worker: number
}

export function executionsOf(file: string): Execution[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [task = '', at, worker] = line.split(' ')
      return { task, at: Number(at), worker: Number(worker) }
    })
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

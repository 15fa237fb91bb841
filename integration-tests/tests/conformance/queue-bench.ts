import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { materialise } from '@flowctl/compiler'
import { layout, type ObjectStore, type RunRecord } from '@flowctl/core'
import { fileStore } from '@flowctl/datastore'
import {
  connect,
  startCoordinator,
  startWorker,
  submitRun,
  type Connection,
  type RunningCoordinator,
  type RunningWorker,
  type SubmitRequest,
} from '@flowctl/engine/bullmq'
import { openFlow } from '@flowctl/local'
import type { RedisServer } from '../../servers/redis.ts'

const API = new URL('../../../packages/cli/dist/index.js', import.meta.url).href
const TASK_PROCESS = new URL('../../../packages/engine/dist/task-process/main.js', import.meta.url)

/** A datastore and a queue, with the coordinators and workers that a test starts on them. */
export class QueueBench {
  readonly folder: string
  readonly store: ObjectStore
  readonly redis: RedisServer
  readonly namespace: string
  readonly errors: Error[] = []
  readonly #onError = (error: Error): void => {
    this.errors.push(error)
    if (process.env['FLOWCTL_TEST_ERRORS'] !== undefined) console.error(error)
  }
  readonly #closing: (() => Promise<void>)[] = []

  constructor(redis: RedisServer, folder: string, namespace: string) {
    this.redis = redis
    this.folder = folder
    this.namespace = namespace
    this.store = fileStore(join(folder, 'datastore'))
  }

  static async open(redis: RedisServer, namespace = 'flowctl'): Promise<QueueBench> {
    return new QueueBench(redis, await mkdtemp(join(tmpdir(), 'flowctl-queue-')), namespace)
  }

  async connect(): Promise<Connection> {
    const connection = await connect({
      url: this.redis.url,
      namespace: this.namespace,
      onError: this.#onError,
    })
    this.#closing.push(() => connection.close())
    return connection
  }

  async coordinator(): Promise<RunningCoordinator> {
    const connection = await this.connect()
    const coordinator = await startCoordinator({
      connection,
      objects: this.store,
      onError: this.#onError,
    })
    this.#closing.push(() => coordinator.close())
    return coordinator
  }

  async worker(slots: number, options: { pools?: readonly string[] } = {}): Promise<RunningWorker> {
    const connection = await this.connect()
    const worker = await startWorker({
      connection,
      objects: this.store,
      slots,
      api: API,
      env: process.env,
      taskProcess: TASK_PROCESS,
      onError: this.#onError,
      loadCode: async ({ flow, hash, file }) => {
        const code = await this.store.get(layout.codeKey(flow, hash))
        if (code === undefined) throw new Error(`no code package ${hash}`)
        return materialise(code.bytes, { cacheDir: join(this.folder, 'worker-cache'), project: dirname(file) })
      },
      ...options,
    })
    this.#closing.push(() => worker.close())
    return worker
  }

  /** In a process of its own. Resolves when it works. */
  async spawn(role: 'worker' | 'coordinator', slots = 1): Promise<ChildProcess> {
    const main = fileURLToPath(new URL('../queue/worker-main.ts', import.meta.url))
    const { redis, namespace, folder } = this
    const given = {
      role,
      url: redis.url,
      namespace,
      folder,
      slots: String(slots),
      api: API,
      taskProcess: TASK_PROCESS.href,
    }
    const args = ['--conditions=@flowctl/source', '--import', 'tsx', main, JSON.stringify(given)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.errors.push(new Error(text)))
    this.#closing.push(async () => {
      child.kill('SIGKILL')
    })
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) =>
        reject(new Error(`the ${role} ended with ${code}: ${this.errors.map(String).join()}`)),
      )
      child.stdout.once('data', () => resolve())
    })
    return child
  }

  async submit(
    file: string,
    parameters: Readonly<Record<string, string>> = {},
    options: Pick<SubmitRequest, 'maxWorkers' | 'priority' | 'pools'> = {},
  ): Promise<RunRecord> {
    const connection = await this.connect()
    const opened = await openFlow(file, {
      store: this.store,
      cacheDir: join(this.folder, 'cache'),
      api: API,
      taskProcess: TASK_PROCESS,
      env: process.env,
      maxWorkers: 1,
    })
    try {
      const given = Object.entries(parameters).map(([field, text]) => [field, { text, source: `--${field}` }])
      const prepared = await opened.prepare({ parameters: Object.fromEntries(given), user: 'tester' })
      return await submitRun(connection, { objects: this.store, ...prepared, ...options })
    } finally {
      await opened.close()
    }
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close().catch(() => {})
    await rm(this.folder, { recursive: true, force: true })
  }
}

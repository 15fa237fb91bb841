import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { materialise } from '@flowctl/compiler'
import { flowError, layout, type ObjectStore, type RunRecord } from '@flowctl/core'
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
  type WorkerOptions,
} from '@flowctl/queue'
import { openFlow, type OpenedFlow, type PreparedRun } from '@flowctl/runs'

export const API = new URL('../../../packages/cli/dist/bundle/index.js', import.meta.url).href
export const TASK_PROCESS = new URL('../../../packages/cli/dist/bundle/task-process.js', import.meta.url)

interface QueueOptions extends Pick<SubmitRequest, 'maxWorkers' | 'priority' | 'pools'> {
  /** Every task in a process of its own. */
  readonly isolate?: boolean
}

/** Where runs are kept, and what task processes need in their environment to reach it. */
interface Kept {
  readonly store: ObjectStore
  readonly env: NodeJS.ProcessEnv
}

/** A datastore and a queue, with the coordinators and workers that a test starts on them. */
export class QueueBench {
  readonly folder: string
  readonly store: ObjectStore
  /** Where Redis is. */
  readonly url: string
  readonly shards: number
  readonly namespace: string
  readonly errors: Error[] = []
  readonly #onError = (error: Error): void => {
    this.errors.push(error)
    if (process.env['FLOWCTL_TEST_ERRORS'] !== undefined) console.error(error)
  }
  /** Workers find no code package from now on. */
  breakCode = false
  readonly #closing: (() => Promise<void>)[] = []

  /** Of task processes: how they reach the datastore. */
  readonly #env: NodeJS.ProcessEnv

  private constructor(url: string, folder: string, namespace: string, shards: number, kept: Kept) {
    this.url = url
    this.shards = shards
    this.folder = folder
    this.namespace = namespace
    this.store = kept.store
    this.#env = kept.env
  }

  static async open(
    { url }: { readonly url: string },
    namespace = 'flowctl',
    shards = 1,
    kept?: Kept,
  ): Promise<QueueBench> {
    const folder = await mkdtemp(join(tmpdir(), 'flowctl-queue-'))
    const onFiles = { store: fileStore(join(folder, 'datastore')), env: process.env }
    return new QueueBench(url, folder, namespace, shards, kept ?? onFiles)
  }

  /** The same one, with Redis reached at another address. It is closed with this one. */
  through(url: string): QueueBench {
    const other = new QueueBench(url, this.folder, this.namespace, this.shards, { store: this.store, env: this.#env })
    this.#closing.push(() => other.#end())
    return other
  }

  async connect(): Promise<Connection> {
    const connection = await connect({
      url: this.url,
      namespace: this.namespace,
      shards: this.shards,
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

  async worker(slots: number, options: Partial<Pick<WorkerOptions, 'pools' | 'env'>> = {}): Promise<RunningWorker> {
    const connection = await this.connect()
    const worker = await startWorker({
      connection,
      objects: this.store,
      slots,
      api: API,
      env: this.#env,
      taskProcess: TASK_PROCESS,
      onError: this.#onError,
      loadCode: async ({ flow, hash, file }) => {
        const code = await this.store.get(layout.codeKey(flow, hash))
        if (code === undefined || this.breakCode) {
          throw flowError('WORKER_CODE_MISSING', { flow, hash, datastore: this.store.url })
        }
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
    const { url, namespace, folder } = this
    const given = {
      role,
      url,
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
    options: QueueOptions = {},
  ): Promise<RunRecord> {
    const given = Object.entries(parameters).map(([field, text]) => [field, { text, source: `--${field}` }])
    return this.#submit(file, options, (opened) =>
      opened.prepare({ parameters: Object.fromEntries(given), user: 'tester' }),
    )
  }

  /** Resumes a run of the flow, on the queue. */
  async resume(file: string, origin: string, options: QueueOptions = {}): Promise<RunRecord> {
    return this.#submit(file, options, async (opened) =>
      opened.prepare({ user: 'tester' }, await opened.planResume({ origin })),
    )
  }

  async #submit(
    file: string,
    { isolate = false, ...options }: QueueOptions,
    prepare: (opened: OpenedFlow) => Promise<PreparedRun>,
  ): Promise<RunRecord> {
    const connection = await this.connect()
    const opened = await openFlow(file, {
      store: this.store,
      cacheDir: join(this.folder, 'cache'),
      api: API,
      taskProcess: TASK_PROCESS,
      env: this.#env,
      maxWorkers: 1,
      isolate,
    })
    try {
      return await submitRun(connection, { objects: this.store, ...(await prepare(opened)), ...options })
    } finally {
      await opened.close()
    }
  }

  async close(): Promise<void> {
    await this.#end()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }

  async #end(): Promise<void> {
    for (const close of this.#closing.reverse()) await close().catch(() => {})
  }
}

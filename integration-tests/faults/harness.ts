import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { layout, structureOf, type EndRecord, type RunRecord, type TaskRecord } from '@flowctl/core'
import { ArtifactStore, RunStore } from '@flowctl/datastore'
import { startProxy, type Proxy } from '@flowctl/test-support/servers/proxy'
import { startRedis, type RedisOptions, type RedisServer } from '@flowctl/test-support/servers/redis'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { QueueBench } from '../tests/conformance/queue-bench.ts'

export const FLOW = fileURLToPath(new URL('./flows/journal.ts', import.meta.url))
/** A task that begins takes a moment to say so: what was looked at before the commit stood may be written after it. */
const SLACK_MS = 1500

export interface Execution {
  readonly step: string
  readonly task: string
  readonly attempt: number
  readonly pid: number
  /** Process of the worker. */
  readonly worker: number
  readonly at: number
}

export interface JournalOptions {
  readonly count?: number
  readonly ms?: number
  readonly odd?: number
  readonly how?: 'block' | 'die' | 'swell' | 'kill-worker' | 'hang'
  readonly oddMs?: number
  readonly holdAt?: string
  readonly enough?: string
}

/** A Redis, a datastore, and the run of JournalFlow that a test does something to. */
export class FaultBench {
  readonly redis: RedisServer
  readonly queue: QueueBench
  readonly #file: string
  readonly #proxies: Proxy[] = []
  #count = 0

  constructor(redis: RedisServer, queue: QueueBench) {
    this.redis = redis
    this.queue = queue
    this.#file = join(queue.folder, 'journal')
  }

  static async open(options: RedisOptions = {}): Promise<FaultBench> {
    const redis = await startRedis(options)
    onTestFinished(() => redis.stop())
    return FaultBench.on(redis)
  }

  /** On a server that the test has started. `url`: another way to it than its own. `kept`: where, if not on files. */
  static async on(
    redis: RedisServer,
    url: string = redis.url,
    kept?: Parameters<typeof QueueBench.open>[3],
  ): Promise<FaultBench> {
    const bench = new FaultBench(redis, await QueueBench.open({ url }, undefined, undefined, kept))
    onTestFinished(async () => {
      const pids = new Set(bench.executions().map(({ pid }) => pid))
      await bench.#close()
      for (const pid of pids) await expect.poll(() => isAlive(pid), { message: 'orphan process' }).toBe(false)
    })
    return bench
  }

  /** What is started on the result reaches Redis through the proxy. */
  async behindProxy(): Promise<{ proxy: Proxy; queue: QueueBench }> {
    const proxy = await startProxy({ to: this.redis.port })
    this.#proxies.push(proxy)
    return { proxy, queue: this.queue.through(proxy.url) }
  }

  /** `flow`: a copy of it. */
  async submit({ count = 100, ...options }: JournalOptions = {}, flow: string = FLOW): Promise<RunRecord> {
    this.#count = count
    const given = Object.entries({ file: this.#file, count, ...options })
    return this.queue.submit(flow, Object.fromEntries(given.map(([name, value]) => [name, String(value)])))
  }

  /** A run of another flow that says the same in the same file. */
  async submitFile(flow: string, parameters: Readonly<Record<string, string>> = {}): Promise<RunRecord> {
    return this.queue.submit(flow, { file: this.#file, ...parameters })
  }

  executions(): Execution[] {
    let text = ''
    try {
      text = readFileSync(this.#file, 'utf8')
    } catch {
      return []
    }
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [step = '', task = '', attempt, pid, worker, at] = line.split(' ')
        return { step, task, attempt: Number(attempt), pid: Number(pid), worker: Number(worker), at: Number(at) }
      })
  }

  async reaches(executions: number): Promise<void> {
    await until(() => this.executions().length >= executions, `${executions} executions`)
  }

  async ended(record: RunRecord): Promise<EndRecord> {
    const store = new RunStore(this.queue.store, record.flow, record.run)
    const errors = (): string => this.queue.errors.slice(-5).map(String).join('; ')
    await until(async () => (await store.readEnd()) !== undefined, 'the end of the run', errors)
    return (await store.readEnd()) as EndRecord
  }

  /** The final outcomes, with when each was committed; never, as far as can be told, where runs are not kept on files. */
  async outcomes(record: RunRecord): Promise<{ record: TaskRecord; committedAt: number }[]> {
    const store = new RunStore(this.queue.store, record.flow, record.run)
    const outcomes: { record: TaskRecord; committedAt: number }[] = []
    for (const head of new Set(Object.values(structureOf(record.graph).headOf))) {
      for await (const key of store.listCommits(head)) {
        const commit = await store.readCommit(head, key)
        const file = join(this.queue.folder, 'datastore', layout.commitKey(record.flow, record.run, head, key))
        const committedAt = (await stat(file).catch(() => undefined))?.mtimeMs ?? Infinity
        for (const task of commit?.tasks ?? []) outcomes.push({ record: task, committedAt })
      }
    }
    return outcomes
  }

  /**
   * What must be true of any run that has ended, whatever was done to it. `zombie`: a worker that was stopped. Nobody
   * reads what its processes say meanwhile, so each stands still at some task that it is about to begin, and goes on with that one.
   */
  async judge(record: RunRecord, zombie?: number): Promise<readonly TaskRecord[]> {
    const outcomes = await this.outcomes(record)
    const byTask = new Map<string, { record: TaskRecord; committedAt: number }>()
    const twice: string[] = []
    for (const one of outcomes) {
      const task = `${one.record.step}/${one.record.task}`
      if (byTask.has(task)) twice.push(task)
      byTask.set(task, one)
    }
    expect(twice, 'tasks that have two final outcomes').toEqual([])
    const heldUp = new Map<number, string>()
    const again = this.executions().filter(({ step, task, at, worker, pid }) => {
      const committed = byTask.get(`${step}/${task}`)
      if (committed === undefined || at <= committed.committedAt + SLACK_MS) return false
      if (worker !== zombie) return true
      if (!heldUp.has(pid)) heldUp.set(pid, task)
      return heldUp.get(pid) !== task
    })
    expect(again, 'tasks that ran again after they were committed').toEqual([])
    const artifacts = new ArtifactStore(this.queue.store, record.flow)
    const readable = new Set<string>()
    const strange: string[] = []
    for (const { record: task } of outcomes) {
      if (task.outcome !== 'succeeded') continue
      for (const [name, ref] of Object.entries(task.artifacts)) {
        if (readable.has(ref.hash) && name !== 'by') continue
        const value = await artifacts.load(ref)
        readable.add(ref.hash)
        if (name === 'by' && value !== `${task.pid} ${task.attempt}`) strange.push(`${task.step}/${task.task}`)
      }
    }
    expect(strange, 'tasks that have an artifact of another attempt').toEqual([])
    return outcomes.map((one) => one.record)
  }

  /** The same, of a run that succeeded: nothing is missing, and joins saw everything once, as it was committed. */
  async judgeSuccess(record: RunRecord, zombie?: number): Promise<void> {
    const count = this.#count
    expect(await this.ended(record)).toMatchObject({ status: 'succeeded' })
    const tasks = await this.judge(record, zombie)
    const of = (step: string): TaskRecord[] => tasks.filter((task) => task.step === step)
    for (const step of ['start', 'join', 'fork', 'left', 'right', 'meet', 'end']) expect(of(step), step).toHaveLength(1)
    for (const step of ['work', 'after']) {
      expect(
        of(step)
          .map(({ task }) => Number(task))
          .toSorted((a, b) => a - b),
      ).toEqual(upTo(count))
    }
    const artifacts = new ArtifactStore(this.queue.store, record.flow)
    const valueOf = async (task: TaskRecord | undefined, name: string): Promise<unknown> => {
      const ref = task?.artifacts[name]
      return ref === undefined ? undefined : artifacts.load(ref)
    }
    const seen = of('work')
      .toSorted((a, b) => Number(a.task) - Number(b.task))
      .map(({ task, pid, attempt }) => `${task} ${pid} ${attempt}`)
    expect(await valueOf(of('join')[0], 'seen')).toEqual(seen)
    expect(await valueOf(of('join')[0], 'indices')).toEqual(upTo(count))
    expect(await valueOf(of('end')[0], 'total')).toBe(count * Math.max(0, count - 1))
    expect(await valueOf(of('end')[0], 'sides')).toEqual(['left', 'right'])
    await this.leavesNothing(record)
  }

  /** The queue is empty once the run has ended. */
  async leavesNothing(record: RunRecord): Promise<void> {
    const { redis } = await this.queue.connect()
    const left = async (): Promise<string[]> => {
      const keys = await redis.keys(`*${record.run}-*`)
      return keys.filter((key) => !key.includes(':events'))
    }
    await expect.poll(left, { message: 'jobs are left' }).toEqual([])
  }

  async #close(): Promise<void> {
    for (const proxy of this.#proxies) proxy.blackHole(false)
    await this.queue.close()
    for (const proxy of this.#proxies) await proxy.close()
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Chances of one test, whose name begins with `name`, from a seed that is printed; `SEED` repeats one. */
export function chances(name: string): (below: number) => number {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${name}: seed ${seed}; again: SEED=${seed} npx vitest run integration-tests/faults -t ' ${name}'`)
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { compileFlow, type CompiledFlow } from '@flowctl/compiler'
import {
  assembleGraph,
  fromWire,
  taskId,
  type ArtifactMap,
  type Continuation,
  type FlowGraph,
  type GivenParameter,
  type ItemSegment,
  type RunOptions,
  type TaskRecord,
} from '@flowctl/core'
import { ArtifactStore, openStore, RunStore } from '@flowctl/datastore'
import { onTestFinished } from 'vitest'
import { frameReader } from '../../src/protocol/frames.ts'
import { eachAnswer } from '../../src/protocol/unpack-answers.ts'
import type { Answer, LogAnswer, StartedAnswer, TaskAnswer } from '../../src/protocol/answers.ts'
import type { Request, SliceInput, SliceRequest } from '../../src/protocol/requests.ts'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const built = (name: string): string => new URL(`../../../${name}/dist/index.js`, import.meta.url).href

const OPTIONS: RunOptions = { maxWorkers: 1, maxNumSplits: 1000, maxLogBytes: 1e6, isolate: false, with: [] }
const RUN = '0001'
const PIPES_GRACE_MS = 500
const FLOW_IMPORTS = [
  'FlowSpec, step, retry, catchError, timeout, concurrent, current, Parameter, IncludeFile, serializable, registerSerializer,',
  'type Inputs',
].join(' ')

export interface ProcessExit {
  readonly code: number | null
  readonly signal: string | null
}

/** What a process answered to one slice. */
export class SliceAnswers {
  readonly all: readonly Answer[]
  /** Set when the process died before it was idle. */
  readonly exit: ProcessExit | undefined

  constructor(all: readonly Answer[], exit: ProcessExit | undefined) {
    this.all = all
    this.exit = exit
  }

  #of<T extends Answer['type']>(type: T): Extract<Answer, { type: T }>[] {
    return this.all.filter((answer): answer is Extract<Answer, { type: T }> => answer.type === type)
  }

  get started(): StartedAnswer[] {
    return this.#of('started')
  }
  get tasks(): TaskAnswer[] {
    return this.#of('task')
  }
  get logs(): LogAnswer[] {
    return this.#of('log')
  }
  get lines(): string[] {
    return this.logs.map((log) => log.text)
  }
  get idle(): Extract<Answer, { type: 'idle' }> | undefined {
    return this.#of('idle')[0]
  }
  get exiting(): Extract<Answer, { type: 'exiting' }> | undefined {
    return this.#of('exiting')[0]
  }
  get last(): TaskAnswer {
    return this.tasks.at(-1) as TaskAnswer
  }
  /** Of the last task, which must have succeeded. */
  get ok(): Extract<TaskAnswer['result'], { ok: true }> {
    const { result } = this.last
    if (!result.ok)
      throw new Error(`the task failed: ${result.error.name}: ${result.error.message}\n${result.error.stack}`)
    return result
  }
  /** Of the last task, which must have failed. */
  get failure(): Extract<TaskAnswer['result'], { ok: false }> {
    const { result } = this.last
    if (result.ok) throw new Error('the task succeeded')
    return result
  }
}

/** A task process, forked as the engine forks it. */
export class TestProcess {
  readonly #child: ChildProcess
  readonly exited: Promise<ProcessExit>
  raw = { stdout: '', stderr: '' }
  #answers: Answer[] = []
  #onAnswer: () => void = () => {}
  #exit: ProcessExit | undefined

  constructor(env: Record<string, string> = {}, execArgv: string[] = []) {
    this.#child = fork(MAIN, [], {
      env: { ...process.env, ...env },
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
    })
    const read = frameReader((frame) => {
      eachAnswer(frame, (answer) => this.#answers.push(answer))
      this.#onAnswer()
    })
    ;(this.#child.stdio[3] as Readable).on('data', read)
    this.#child.stdout?.on('data', (text: Buffer) => (this.raw.stdout += text.toString()))
    this.#child.stderr?.on('data', (text: Buffer) => (this.raw.stderr += text.toString()))
    this.exited = new Promise((resolve) => {
      const ended = (exit: ProcessExit): void => {
        this.#exit ??= exit
        resolve(exit)
        this.#onAnswer()
      }
      // After disconnect() Node emits no 'close'; then the pipes get a moment.
      this.#child.on('exit', (code, signal) => setTimeout(() => ended({ code, signal }), PIPES_GRACE_MS))
      this.#child.on('close', (code, signal) => ended({ code, signal }))
    })
  }

  get pid(): number {
    return this.#child.pid as number
  }

  send(request: Request): void {
    this.#child.send(request)
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal)
  }

  disconnect(): void {
    this.#child.disconnect()
  }

  /** Collects answers until one of these types comes, or the process ends. */
  async until(types: readonly Answer['type'][], onEach?: (answer: Answer) => void): Promise<SliceAnswers> {
    const collected: Answer[] = []
    for (;;) {
      while (this.#answers.length > 0) {
        const answer = this.#answers.shift() as Answer
        collected.push(answer)
        onEach?.(answer)
        if (types.includes(answer.type)) return new SliceAnswers(collected, undefined)
      }
      if (this.#exit !== undefined) return new SliceAnswers(collected, this.#exit)
      await new Promise<void>((resolve) => (this.#onAnswer = resolve))
    }
  }
}

export interface SliceOptions {
  readonly chain?: readonly string[]
  readonly entry?: string
  readonly path?: readonly number[]
  readonly range?: { from: number; to: number }
  readonly turn?: number
  readonly attempt?: number
  readonly foreaches?: SliceRequest['foreaches']
  readonly input?: SliceInput
  readonly targetMs?: number
  readonly cautious?: boolean
  readonly onEach?: (answer: Answer) => void
}

/** A compiled flow, a datastore in a folder of its own, and a process that has loaded the flow. */
export class TestFlow {
  readonly dir: string
  readonly compiled: CompiledFlow
  readonly datastore: string
  process: TestProcess
  graph!: FlowGraph
  artifacts!: ArtifactStore
  runStore!: RunStore
  readonly #env: Record<string, string>
  readonly #execArgv: string[]

  constructor(dir: string, compiled: CompiledFlow, env: Record<string, string>, execArgv: string[]) {
    this.dir = dir
    this.compiled = compiled
    this.datastore = join(dir, '.flowctl')
    this.#env = env
    this.#execArgv = execArgv
    this.process = new TestProcess(env, execArgv)
    onTestFinished(() => this.process.kill())
  }

  /** Starts another process in place of one that has ended. */
  async restart(): Promise<void> {
    this.process.kill()
    this.process = new TestProcess(this.#env, this.#execArgv)
    await this.load()
  }

  async load(): Promise<SliceAnswers> {
    const { bundle, className, source } = this.compiled
    this.process.send({ type: 'load', bundle, api: apiModule(this.dir), className, datastore: this.datastore })
    const answers = await this.process.until(['loaded', 'refused'])
    const loaded = answers.all.find((answer) => answer.type === 'loaded')
    if (loaded !== undefined) {
      this.graph = assembleGraph(source, loaded.description, [])
      const store = await openStore(this.datastore)
      this.artifacts = new ArtifactStore(store, this.graph.flow)
      this.runStore = new RunStore(store, this.graph.flow, RUN)
    }
    return answers
  }

  async bind(given: Readonly<Record<string, GivenParameter>> = {}): Promise<SliceAnswers> {
    this.process.send({ type: 'bind', flow: this.graph.flow, given, user: 'tester' })
    return this.process.until(['bound', 'refused'])
  }

  open(
    more: { options?: Partial<RunOptions>; parameters?: ArtifactMap; tags?: string[]; originRun?: string } = {},
  ): void {
    const { options, parameters = {}, tags = [], originRun } = more
    this.process.send({
      type: 'open',
      run: RUN,
      user: 'tester',
      tags,
      graph: this.graph,
      parameters,
      options: { ...OPTIONS, ...options },
      ...(originRun === undefined ? {} : { originRun }),
    })
  }

  async slice(head: string, options: SliceOptions = {}): Promise<SliceAnswers> {
    const { onEach, ...rest } = options
    this.process.send({
      type: 'slice',
      head,
      chain: [head],
      entry: head,
      path: [],
      turn: 0,
      attempt: 0,
      foreaches: [],
      input: { type: 'none' },
      cautious: false,
      ...rest,
    })
    return this.process.until(['idle'], onEach)
  }

  /** Runs steps one after the other as slices of their own, each with what the one before left. */
  async steps(...names: string[]): Promise<SliceAnswers> {
    let input: SliceInput = { type: 'none' }
    let answers: SliceAnswers | undefined
    for (const name of names) {
      answers = await this.slice(name, { input })
      const { result } = answers.last
      if (result.ok) input = inputOf(result)
      else if (name !== names.at(-1)) throw new Error(`step ${name} failed: ${result.error.message}`)
    }
    return answers as SliceAnswers
  }

  /** The values of the artifacts of a finished task. */
  async values(artifacts: ArtifactMap): Promise<Record<string, unknown>> {
    const entries = Object.entries(artifacts).map(
      async ([name, ref]) => [name, await this.artifacts.load(ref)] as const,
    )
    return Object.fromEntries(await Promise.all(entries))
  }

  async items(segments: readonly ItemSegment[]): Promise<unknown[]> {
    const lists = await Promise.all(segments.map((segment) => this.artifacts.load(segment.items)))
    return lists.flat() as unknown[]
  }

  /** Writes the commit of a slice of `head` as the engine would, from what a process answered. */
  async commit(head: string, key: string, answers: SliceAnswers, continuations: Continuation[] = []): Promise<void> {
    const tasks = answers.tasks.map(recordOf)
    const commit = { format: 1, head, key, execution: 'x', host: 'here', tasks, attempts: [], continuations } as const
    await this.runStore.putCommit(commit)
  }

  /** A foreach that `split` opened, its whole body run as one slice and committed: what its join gets. */
  async foreach(split: SliceAnswers, chain: readonly string[], options: SliceOptions = {}): Promise<SliceInput> {
    const { taken } = split.ok
    if (taken.kind !== 'foreach') throw new Error('not a foreach')
    const head = chain[0] as string
    const range = { from: 0, to: taken.count }
    const foreaches = [{ step: split.last.step, count: taken.count, segments: taken.segments }]
    const answers = await this.slice(head, { chain, range, foreaches, input: inputOf(split.ok), ...options })
    const key = `0-${taken.count - 1}`
    await this.commit(head, key, answers)
    const locators = [{ ...range, steps: [chain.at(-1) as string], slice: { head, key } }]
    return { type: 'foreach', split: split.last.step, count: taken.count, locators, segments: taken.segments }
  }
}

/** The record of a task that succeeded, as the engine would commit it. */
export function recordOf({ step, task, attempt, startedAt, endedAt, result }: TaskAnswer): TaskRecord {
  if (!result.ok) throw new Error(result.error.message)
  const { artifacts, taken, dropped } = result
  const record = { step, task, attempt, startedAt, endedAt, pid: 1, outcome: 'succeeded', artifacts, taken } as const
  return dropped === undefined ? record : { ...record, dropped }
}

export function inputOf(result: Extract<TaskAnswer['result'], { ok: true }>): SliceInput {
  const { artifacts, dropped } = result
  return dropped === undefined ? { type: 'task', artifacts } : { type: 'task', artifacts, dropped }
}

/** Branches of a static split as a join gets them. */
export function branchesOf(...answers: readonly SliceAnswers[]): SliceInput {
  return {
    type: 'branches',
    branches: answers.map((one) => {
      const { dropped, artifacts } = one.ok
      const step = one.last.step
      return {
        branch: step,
        step,
        task: taskId({ path: [], turn: 0 }),
        artifacts,
        ...(dropped === undefined ? {} : { dropped }),
      }
    }),
  }
}

/** The modules that stand in for the published package: what flows import, from the compiled packages. */
function apiModule(dir: string): string {
  const file = join(dir, 'api.mjs')
  writeFileSync(file, `export * from '${built('core')}'\nexport * from '${built('datastore')}'\n`)
  return `file://${file}`
}

export interface FlowOptions {
  readonly env?: Record<string, string>
  readonly execArgv?: string[]
  /** Do not load the flow. */
  readonly bare?: boolean
  readonly options?: Partial<RunOptions>
}

/** Compiles a flow (what stands after the imports), starts a process for it and opens a run. */
export async function testFlow(text: string, options: FlowOptions = {}): Promise<TestFlow> {
  const dir = mkdtempSync(join(tmpdir(), 'flowctl-test-'))
  const file = join(dir, 'flow.ts')
  writeFileSync(file, `import { ${FLOW_IMPORTS} } from 'flowctl'\n${text}\n`)
  const compiled = await compileFlow(file, { cacheDir: join(dir, 'cache') })
  const flow = new TestFlow(dir, compiled, options.env ?? {}, options.execArgv ?? [])
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  if (options.bare === true) return flow
  const answers = await flow.load()
  const refused = answers.all.find((answer) => answer.type === 'refused')
  if (refused !== undefined) throw fromWire(refused.error)
  flow.open({ options: options.options ?? {} })
  return flow
}

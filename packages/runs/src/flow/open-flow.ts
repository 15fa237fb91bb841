import { randomBytes } from 'node:crypto'
import { hostname, availableParallelism } from 'node:os'
import { compileFlow, type CompiledFlow } from '@flowctl/compiler'
import {
  assembleGraph,
  isFlowProblems,
  layout,
  parseWithDecorator,
  undescribedProblems,
  type FlowDescription,
  type FlowGraph,
  type ObjectStore,
  type RunOptions,
  type RunRecord,
} from '@flowctl/core'
import { processIsAlive, type Observer } from '@flowctl/datastore'
import { ProcessPool, startMemoryRun } from '@flowctl/engine'
import { adoptable, planResume } from '../resume/plan-resume.ts'
import type { ResumePlan, ResumeRequest } from '../resume/resume-plan.ts'
import type { LocalRun, LocalRunRequest, OpenedFlow, OpenOptions, PreparedRun } from './opened-flow.ts'
import { newRunId } from './run-id.ts'
import { FLOWCTL_VERSION } from './version.ts'

const DEFAULT_MAX_NUM_SPLITS = 100_000
const DEFAULT_MAX_LOG_BYTES = 10 * 1024 * 1024

/** Compiles, loads and checks a flow file. Throws FlowProblems or a FlowctlError with all that is wrong; records nothing. */
export async function openFlow(file: string, options: OpenOptions): Promise<OpenedFlow> {
  const decorators = (options.with ?? []).map(parseWithDecorator)
  const { cacheDir, packages = 'link' } = options
  const compiled = await compileFlow(file, { cacheDir, packages })
  const { bundle, className } = compiled
  const pool = new ProcessPool({
    size: options.maxWorkers ?? availableParallelism(),
    entry: options.taskProcess,
    load: { bundle, className, api: options.api, datastore: options.store.url },
    // Code of a step that uses the client reads the datastore of its own run.
    env: { ...options.env, FLOWCTL_DATASTORE: options.store.url },
  })
  try {
    const description = await pool.describe().catch(async (error: unknown) => {
      if (!isFlowProblems(error)) throw error
      if (error.problems.some(({ code }) => code === 'FLOW_CODE_FAILED')) {
        // If a name is missing in flowctl, bundling with its names says where it is imported.
        const apiNames = Object.keys((await import(options.api)) as object)
        await compileFlow(file, { cacheDir, packages, apiNames })
      }
      throw undescribedProblems(compiled.source, error.problems)
    })
    const assembled = assembleGraph(compiled.source, description, decorators)
    const graph = options.isolate === true ? { ...assembled, isolate: true } : assembled
    return new LocalFlow(compiled, description, graph, pool, options)
  } catch (error) {
    pool.close()
    throw error
  }
}

class LocalFlow implements OpenedFlow {
  readonly graph: FlowGraph
  readonly description: FlowDescription
  readonly #compiled: CompiledFlow
  readonly #pool: ProcessPool
  readonly #options: OpenOptions
  readonly #observer: Observer
  readonly #going = new Set<LocalRun>()

  constructor(
    compiled: CompiledFlow,
    description: FlowDescription,
    graph: FlowGraph,
    pool: ProcessPool,
    options: OpenOptions,
  ) {
    this.#compiled = compiled
    this.description = description
    this.graph = graph
    this.#pool = pool
    this.#options = options
    this.#observer = options.observer ?? { now: Date.now, host: hostname(), isAlive: processIsAlive }
  }

  get file(): string {
    return this.#compiled.file
  }

  get notes(): readonly string[] {
    return this.#compiled.notes
  }

  async run(request: LocalRunRequest): Promise<LocalRun> {
    return this.#start(request, await this.prepare(request))
  }

  async prepare(request: LocalRunRequest, plan?: ResumePlan): Promise<PreparedRun> {
    const { parameters: given = {}, user, tags = [] } = request
    const { store } = this.#options
    const { code } = this.#compiled
    const bound =
      plan === undefined
        ? { parameters: await this.#pool.bind({ flow: this.graph.flow, given, user }) }
        : takenOver(plan)
    const adopted = plan === undefined ? [] : await adoptable(store, this.graph, plan)
    await upload(store, layout.codeKey(this.graph.flow, code.hash), code.bytes)
    return { record: this.#record(request, bound), tags, adopted }
  }

  planResume(request: ResumeRequest): Promise<ResumePlan> {
    return planResume(this.#options.store, this.graph, this.description, request, this.#observer)
  }

  async resume(plan: ResumePlan, request: LocalRunRequest): Promise<LocalRun> {
    return this.#start(request, await this.prepare(request, plan))
  }

  async close(): Promise<void> {
    for (const run of this.#going) run.cancel('close')
    await Promise.allSettled([...this.#going].map((run) => run.ended))
    this.#pool.close()
  }

  async #start(request: LocalRunRequest, { record, tags, adopted }: PreparedRun): Promise<LocalRun> {
    const going = await startMemoryRun({
      objects: this.#options.store,
      record,
      tags,
      pool: this.#pool,
      adopted,
      now: this.#observer.now,
      nonce: () => randomBytes(6).toString('hex'),
      onEvent: request.onEvent ?? (() => {}),
    })
    const run: LocalRun = { record, ended: going.ended, cancel: going.cancel }
    this.#going.add(run)
    const forget = (): void => void this.#going.delete(run)
    run.ended.then(forget, forget)
    return run
  }

  #record(request: LocalRunRequest, given: Pick<RunRecord, 'parameters' | 'origin'>): RunRecord {
    const createdAt = this.#observer.now()
    const options: RunOptions = {
      maxWorkers: this.#pool.size,
      maxNumSplits: request.maxNumSplits ?? DEFAULT_MAX_NUM_SPLITS,
      maxLogBytes: request.maxLogBytes ?? DEFAULT_MAX_LOG_BYTES,
      isolate: this.#options.isolate ?? false,
      with: this.#options.with ?? [],
    }
    return {
      format: 1,
      flow: this.graph.flow,
      run: newRunId(createdAt),
      createdAt,
      user: request.user,
      systemTags: systemTags(request.user, given.origin?.run),
      graph: this.graph,
      parameters: given.parameters,
      code: { hash: this.#compiled.code.hash, file: this.#compiled.file },
      ...(given.origin === undefined ? {} : { origin: given.origin }),
      engine: 'memory',
      options,
      host: { name: this.#observer.host, pid: process.pid },
    }
  }
}

/** Sends the bytes only when they are not there: most runs are of code that has run before. */
async function upload(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  if ((await store.getRange(key, 0, 1)) === undefined) await store.putIfAbsent(key, bytes)
}

function takenOver({ origin, step }: ResumePlan): Pick<RunRecord, 'parameters' | 'origin'> {
  const from = step === undefined ? { run: origin.run } : { run: origin.run, step }
  return { parameters: origin.parameters, origin: from }
}

function systemTags(user: string, origin: string | undefined): string[] {
  const tags = [
    `user:${user}`,
    'runtime:local',
    `flowctl_version:${FLOWCTL_VERSION}`,
    `node_version:${process.version}`,
  ]
  return origin === undefined ? tags : [...tags, `origin_run_id:${origin}`]
}

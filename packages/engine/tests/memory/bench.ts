import { onTestFinished } from 'vitest'
import { taskId, type FlowGraph, type ObjectStore, type RunRecord, type TaskRecord } from '@flowctl/core'
import { memoryStore, RunReader, RunStore } from '@flowctl/datastore'
import type { RunEvent } from '../../src/events/run-event.ts'
import { startMemoryRun, type ActiveRun } from '../../src/memory/start-memory-run.ts'
import { ProcessPool } from '../../src/processes/process-pool.ts'
import { entry } from '../processes/entries.ts'

/**
 * A process that takes slices through the graph it was opened with. `act(step, task, attempt)` is the work: it may throw, never
 * end, or kill; `count(step, task)` says how wide a foreach is.
 */
export const worker = (act: string, count = 'return 3', load?: string): URL =>
  entry(
    {
      ...(load === undefined ? {} : { load }),
      open: 'graph = request.graph',
      drain: 'draining = running',
      slice: 'running = true; await slice(request); running = false; draining = false',
    },
    `
let graph, running = false, draining = false
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const act = async (step, task, attempt) => { ${act} }
const count = (step, task) => { ${count} }
const taken = (step, task) => {
  const { transition } = graph.steps[step]
  return transition.kind === 'foreach' ? { kind: 'foreach', to: transition.to, count: count(step, task), segments: [] } : transition
}
async function slice({ chain, entry, path, range, turn, attempt }) {
  const { from, to } = range ?? { from: 0, to: 1 }
  for (let index = from; index < to; index += 1) {
    if (index > from && draining) return say({ type: 'idle', next: index })
    const indices = range === undefined ? path : [...path, index]
    const task = (indices.length === 0 ? '0' : indices.join('.')) + (turn === 0 ? '' : '~' + turn)
    let tried = attempt
    for (const step of chain.slice(chain.indexOf(entry))) {
      const startedAt = Date.now()
      say({ type: 'started', step, task, attempt: tried, at: startedAt })
      let result
      try {
        await act(step, task, tried)
        result = { ok: true, artifacts: {}, taken: taken(step, task) }
      } catch (error) {
        result = { ok: false, error: { kind: 'exception', name: 'Error', message: error.message } }
      }
      say({ type: 'task', step, task, attempt: tried, startedAt, endedAt: Date.now(), result })
      if (!result.ok) break
      tried = 0
    }
  }
  say({ type: 'idle' })
}`,
  )

export function openPool(size: number, main: URL): ProcessPool {
  const load = { bundle: '', api: '', className: 'F', datastore: 'memory:' }
  const pool = new ProcessPool({ size, entry: main, load, env: process.env })
  onTestFinished(() => pool.close())
  return pool
}

export interface Started extends ActiveRun {
  readonly events: RunEvent[]
  readonly store: RunStore
  readonly reader: RunReader
  /** `step/task` of every task that was started. */
  started(): string[]
}

let runs = 0

export async function start(
  graph: FlowGraph,
  pool: ProcessPool,
  options: { objects?: ObjectStore; adopted?: readonly TaskRecord[]; isolate?: boolean } = {},
): Promise<Started> {
  const { objects = memoryStore(), adopted, isolate = false } = options
  runs += 1
  const record: RunRecord = {
    format: 1,
    flow: graph.flow,
    run: `run${runs}`,
    createdAt: Date.now(),
    user: 'me',
    systemTags: [],
    graph,
    parameters: {},
    code: { hash: 'c', file: 'f.ts' },
    ...(adopted === undefined ? {} : { origin: { run: 'origin' } }),
    engine: 'memory',
    options: { maxWorkers: pool.size, maxNumSplits: 1000, maxLogBytes: 1000, isolate, with: [] },
    host: { name: 'here', pid: process.pid },
  }
  const events: RunEvent[] = []
  let nonces = 0
  const going = await startMemoryRun({
    objects,
    record,
    tags: [],
    pool,
    ...(adopted === undefined ? {} : { adopted }),
    now: Date.now,
    nonce: () => `n${(nonces += 1)}`,
    onEvent: (event) => events.push(event),
  })
  const store = new RunStore(objects, graph.flow, record.run)
  return {
    ...going,
    events,
    store,
    reader: new RunReader(store, graph),
    started: () => events.flatMap((one) => (one.type === 'task-started' ? [`${one.step}/${one.task}`] : [])),
  }
}

/** A store whose conditional writes to keys that contain `part` go wrong. */
export function brokenStore(part: string): ObjectStore {
  return storeThat(async (key) => {
    if (key.includes(part)) throw new Error(`no space left for ${part}`)
  })
}

/** A store in which conditional writes to keys that contain `part` take a while. */
export function slowStore(part: string, ms: number): ObjectStore {
  return storeThat(async (key) => {
    if (key.includes(part)) await new Promise((resolve) => setTimeout(resolve, ms))
  })
}

/** A store in memory that does something before each conditional write. */
function storeThat(before: (key: string) => Promise<void>): ObjectStore {
  const store = memoryStore()
  const putIfAbsent: ObjectStore['putIfAbsent'] = async (key, body) => {
    await before(key)
    return store.putIfAbsent(key, body)
  }
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'putIfAbsent') return putIfAbsent
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

export function adoptedTask(step: string, path: readonly number[], taken: TaskRecord['taken']): TaskRecord {
  const record = { step, task: taskId({ path, turn: 0 }), attempt: 0, startedAt: 0, endedAt: 0, pid: 1 }
  return { ...record, outcome: 'succeeded', artifacts: {}, ...(taken === undefined ? {} : { taken }) }
}

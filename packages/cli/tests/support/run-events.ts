import type { FlowGraph, RunRecord, StepDecorators, StepNode, TaskError, Transition } from '@flowctl/core'
import type { RunEvent } from '@flowctl/engine'
import type { Output } from '../../src/context/context.ts'
import { noPaint } from '../../src/format/paint.ts'
import type { ViewOptions } from '../../src/render/run-view.ts'

/** 2026-11-23 08:12:02.000, local time. */
export const START = new Date(2026, 10, 23, 8, 12, 2, 0).getTime()

const at = { file: '/flows/f.ts', line: 1, column: 1 }

export function stepNode(
  name: string,
  transition: Transition,
  extra: { join?: boolean; decorators?: StepDecorators; doc?: string } = {},
): StepNode {
  return { name, doc: '', at, join: false, transition, decorators: {}, reads: [], ...extra }
}

export function graphOf(flow: string, steps: readonly StepNode[]): FlowGraph {
  const byName = Object.fromEntries(steps.map((step) => [step.name, step]))
  return { flow, doc: '', at, start: steps[0]?.name ?? '', end: steps.at(-1)?.name ?? '', steps: byName }
}

/** start => fit (foreach) => join => end */
export const foreachGraph = graphOf('TreesFlow', [
  stepNode('start', { kind: 'foreach', to: 'fit', over: 'items' }),
  stepNode(
    'fit',
    { kind: 'linear', to: 'join' },
    { decorators: { retry: { times: 3, minutesBetweenRetries: 0, backoff: 1 } } },
  ),
  stepNode('join', { kind: 'linear', to: 'end' }, { join: true }),
  stepNode('end', { kind: 'end' }),
])

export function recordOf(graph: FlowGraph, origin?: string): RunRecord {
  return {
    format: 1,
    flow: graph.flow,
    run: 'r7',
    createdAt: START,
    user: 'ada',
    systemTags: ['user:ada'],
    graph,
    parameters: {},
    code: { hash: 'c0de', file: 'trees flow.ts' },
    ...(origin === undefined ? {} : { origin: { run: origin } }),
    engine: 'memory',
    options: { maxWorkers: 2, maxNumSplits: 100, maxLogBytes: 1, isolate: false, with: [] },
    host: { name: 'here', pid: 1 },
  }
}

/** Writes down events, each `ms` after the start of the run. */
export class Story {
  readonly events: RunEvent[] = []
  readonly record: RunRecord

  constructor(graph: FlowGraph, origin?: string) {
    this.record = recordOf(graph, origin)
    this.events.push({ type: 'run-started', at: START, record: this.record })
  }

  adopted(ms: number, step: string, tasks: number): this {
    return this.#add({ type: 'adopted', at: START + ms, step, tasks })
  }

  started(ms: number, step: string, task = '0', attempt = 0, input?: string): this {
    const event = { type: 'task-started', at: START + ms, step, task, attempt, pid: 9 } as const
    return this.#add(input === undefined ? event : { ...event, input })
  }

  line(ms: number, step: string, text: string, task = '0', stream: 'stdout' | 'stderr' = 'stdout'): this {
    return this.#add({ type: 'line', at: START + ms, step, task, attempt: 0, pid: 9, stream, text })
  }

  opened(ms: number, step: string, to: string, count: number, task = '0'): this {
    return this.#add({ type: 'foreach-opened', at: START + ms, step, task, to, count })
  }

  done(ms: number, step: string, task = '0', attempt = 0): this {
    const times = { at: START + ms, startedAt: START + ms - 100 }
    return this.#add({ type: 'task-ended', ...times, step, task, attempt, pid: 9, outcome: 'succeeded' })
  }

  threw(
    ms: number,
    step: string,
    outcome: 'caught' | 'failed' | 'retrying',
    error: TaskError,
    more: { task?: string; attempt?: number; input?: string; retryAt?: number } = {},
  ): this {
    const { task = '0', attempt = 0, input, retryAt } = more
    const times = { at: START + ms, startedAt: START + ms - 100 }
    return this.#add({
      type: 'task-ended',
      ...times,
      ...(retryAt === undefined ? {} : { retryAt: START + retryAt }),
      ...(input === undefined ? {} : { input }),
      step,
      task,
      attempt,
      pid: 9,
      outcome,
      error,
    })
  }

  stopping(ms: number, reason: 'failed' | 'cancelled', running: number): this {
    return this.#add({ type: 'stopping', at: START + ms, reason, running })
  }

  ended(ms: number, status: 'succeeded' | 'failed' | 'cancelled'): this {
    return this.#add({ type: 'run-ended', at: START + ms, startedAt: START, status })
  }

  #add(event: RunEvent): this {
    this.events.push(event)
    return this
  }
}

export const boom: TaskError = {
  kind: 'exception',
  name: 'Error',
  message: 'boom',
  stack: 'Error: boom\n    at TreesFlow.fit (/flows/f.ts:12:5)\n    at run (node:internal/x:1:1)',
}

/** Keeps all that is written, write by write. */
export class Recorder implements Output {
  readonly writes: string[] = []
  readonly isTTY: boolean
  readonly columns = 60
  readonly rows = 10

  constructor(isTTY = false) {
    this.isTTY = isTTY
  }

  write(text: string): void {
    this.writes.push(text)
  }

  get text(): string {
    return this.writes.join('')
  }
}

/** What every view is told, without colours. */
export function viewOptions(output: Output): ViewOptions {
  return { output, paint: noPaint, cwd: '/flows', datastore: '.flowctl', version: '1.2.3', program: 'flowctl' }
}

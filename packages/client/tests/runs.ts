import {
  layout,
  type ArtifactRef,
  type Commit,
  type EndRecord,
  type FlowGraph,
  type LogRef,
  type ObjectStore,
  type RunRecord,
  type StepNode,
  type SwitchCase,
  type TakenTransition,
  type TaskRecord,
} from '@flowctl/core'
import { ArtifactStore, encodeLogLines, encodeValue, RunReader, RunStore, type LogLine } from '@flowctl/datastore'
import { expect } from 'vitest'
import { commitOf, recordOf } from '../../datastore/tests/reading/model-run.ts'

export const DAY = Date.UTC(2026, 10, 23, 8)

export function runRecord(graph: FlowGraph, fields: Partial<RunRecord> = {}): RunRecord {
  return {
    format: 1,
    flow: graph.flow,
    run: '1',
    createdAt: DAY,
    user: 'ada',
    systemTags: ['user:ada', 'runtime:dev'],
    graph,
    parameters: {},
    code: { hash: 'c0de', file: 'flows/small.ts' },
    engine: 'memory',
    options: { maxWorkers: 2, maxNumSplits: 100, maxLogBytes: 1000, isolate: false, with: [] },
    host: { name: 'here', pid: 1 },
    ...fields,
  }
}

/** What a test says of one task; the rest is usual. */
export interface ToldTask extends Partial<TaskRecord> {
  readonly values?: Readonly<Record<string, unknown>>
  readonly lines?: readonly LogLine[]
}

/** Writes a run record by record, as an engine does. */
export class RunWriter {
  readonly records: RunStore
  readonly record: RunRecord
  readonly #artifacts: ArtifactStore

  constructor(store: ObjectStore, graph: FlowGraph, fields: Partial<RunRecord> = {}) {
    this.record = runRecord(graph, fields)
    this.records = new RunStore(store, this.record.flow, this.record.run)
    this.#artifacts = new ArtifactStore(store, this.record.flow)
  }

  async create(tags: readonly string[] = [], adopted?: readonly TaskRecord[]): Promise<this> {
    if (adopted !== undefined) await this.records.putAdopted(adopted)
    await this.records.create(this.record, tags)
    return this
  }

  /** The record of a task, its artifacts and log stored; not committed. */
  async told(step: string, task: string, { values = {}, lines, ...fields }: ToldTask = {}): Promise<TaskRecord> {
    const artifacts: Record<string, ArtifactRef> = {}
    for (const [name, value] of Object.entries(values)) {
      artifacts[name] = await this.#artifacts.save(encodeValue(value, name))
    }
    const log = lines === undefined ? {} : { log: await this.#log(step, task, lines) }
    const record = recordOf(step, task, fields.outcome === 'failed' ? undefined : this.#taken(step))
    return { ...record, startedAt: DAY + 1000, endedAt: DAY + 2000, artifacts, ...log, ...fields }
  }

  /** Commits a task as a slice by itself. */
  async task(step: string, task: string, fields: ToldTask = {}): Promise<TaskRecord> {
    const record = await this.told(step, task, fields)
    await this.commit(commitOf(step, task, [record]))
    return record
  }

  async commit(commit: Commit): Promise<void> {
    expect(await this.records.putCommit(commit)).toBe('written')
  }

  async end(status: EndRecord['status'], fields: Partial<EndRecord> = {}): Promise<void> {
    const steps = await new RunReader(this.records, this.record.graph).counts()
    await this.records.putEnd({ status, at: DAY + 60_000, steps, ...fields }, this.record.createdAt)
  }

  #taken(step: string): TakenTransition {
    const { transition } = this.record.graph.steps[step] as StepNode
    if (transition.kind === 'foreach') return { kind: 'foreach', to: transition.to, count: 0, segments: [] }
    if (transition.kind !== 'switch') return transition
    const { to, value } = transition.cases.at(-1) as SwitchCase
    return { kind: 'switch', to, value }
  }

  async #log(step: string, task: string, lines: readonly LogLine[]): Promise<LogRef> {
    const object = layout.logKey(this.record.flow, this.record.run, step, task, `e${this.#logs++}`)
    // Something of another task stands before it in the same object.
    const before = encodeLogLines([{ at: DAY, stream: 'stdout', text: 'somebody else' }])
    const own = encodeLogLines(lines)
    await this.records.putLog(object, [before, own])
    const stdoutLines = lines.filter((line) => line.stream === 'stdout').length
    const from = before.length
    return { object, from, to: from + own.length, stdoutLines, stderrLines: lines.length - stdoutLines }
  }

  #logs = 0
}

import {
  bodyOf,
  chainFrom,
  historyOf,
  isPacked,
  targets,
  taskId,
  type FlowGraph,
  type History,
  type JoinJob,
  type ObjectStore,
  type Placement,
  type RunRecord,
  type RunState,
  type Slice,
  type StopRecord,
  type TaskRecord,
} from '@flowctl/core'
import { ArtifactStore, RunReader, RunStore } from '@flowctl/datastore'
import { type RunEvent, BodyClock, ForeachBatches, type RunContext, SliceInputs, SliceRunner } from '@flowctl/engine'
import type { QueuedRun } from '../queue/queued-run.ts'

export interface OpenRunOptions {
  readonly objects: ObjectStore
  readonly host: string
  readonly now: () => number
  readonly nonce: () => string
  readonly pool: RunContext['pool']
  readonly emit: (event: RunEvent) => void
  readonly measured?: RunContext['measured']
}

/** A stop that was looked for and not found is not looked for again for this long, in milliseconds. */
const STOP_FRESH_MS = 1000

/** One run, as a process that works for it sees it. */
export class OpenRun implements QueuedRun, RunState {
  readonly flow: string
  readonly run: string
  readonly graph: FlowGraph
  readonly placement: Placement
  readonly record: RunRecord
  readonly store: RunStore
  readonly reader: RunReader
  readonly artifacts: ArtifactStore
  readonly inputs: SliceInputs
  readonly runner: SliceRunner
  readonly batches: ForeachBatches
  /** Of this process alone. */
  readonly clock = new BodyClock()
  /** What a resumed run took over. */
  readonly adopted: readonly TaskRecord[]
  readonly adoptedHistory: History
  readonly emit: (event: RunEvent) => void
  readonly #now: () => number
  #stop: StopRecord | undefined
  #lookedAt = -Infinity

  constructor(record: RunRecord, tags: readonly string[], adopted: readonly TaskRecord[], options: OpenRunOptions) {
    const { objects, pool, now, nonce, emit, host, measured } = options
    this.record = record
    this.flow = record.flow
    this.run = record.run
    this.graph = record.graph
    this.placement = placementIn(record)
    this.adopted = adopted
    this.adoptedHistory = historyOf(record.graph, { adopted })
    this.store = new RunStore(objects, record.flow, record.run)
    this.reader = new RunReader(this.store, record.graph, { adopted, isGoing: true })
    this.batches = new ForeachBatches(this.store, this.reader, record.graph)
    this.inputs = new SliceInputs(record.graph, this.reader, this.adoptedHistory)
    this.emit = emit
    this.#now = now
    this.artifacts = new ArtifactStore(objects, record.flow)
    const { graph, store, reader, artifacts } = this
    const measuring = measured === undefined ? {} : { measured }
    const context = { graph, record, tags, store, reader, artifacts, pool, now, nonce, emit, ...measuring }
    this.runner = new SliceRunner(context, host)
  }

  /** Whether it is known by now that nothing new starts in this run. */
  get isStopped(): boolean {
    return this.#stop !== undefined
  }

  /** Why nothing new starts in this run. `fresh`: as it is now, not as it was a second ago. */
  async stopped(fresh = false): Promise<StopRecord | undefined> {
    if (this.#stop !== undefined) return this.#stop
    if (fresh || this.#now() - this.#lookedAt > STOP_FRESH_MS) {
      this.#lookedAt = this.#now()
      this.#stop = await this.store.readStop()
    }
    return this.#stop
  }

  /** Whether nothing of a slice is to be run any more. `fresh`: see `stopped`. */
  async isSettled({ head, key }: Slice, fresh = false): Promise<boolean> {
    return (await this.stopped(fresh)) !== undefined || (await this.store.readCommit(head, key)) !== undefined
  }

  /** Somebody says that the run was stopped: running slices hand back what is left of them, or end at once. */
  halt(reason: StopRecord['reason']): void {
    this.#lookedAt = -Infinity
    if (reason === 'cancelled') this.runner.cancel()
    else this.runner.drain()
  }

  /** Whether every input that a join expects is committed, and none failed. */
  async isJoinReady({ slice, closes }: JoinJob): Promise<boolean> {
    const { step: split } = closes
    const opened = await this.reader.task(split, closes.task)
    if (opened?.taken?.kind === 'split') {
      let branches = 0
      for await (const record of this.reader.inputsOf(slice.entry, taskId(slice)))
        if (record.taken !== undefined) branches += 1
      return branches === opened.taken.to.length
    }
    if (opened?.taken?.kind !== 'foreach') return false
    const body = bodyOf(this.graph, split)
    if (isPacked(this.graph, body) && this.adopted.length === 0) {
      const last = chainFrom(this.graph, body).at(-1) as string
      return (await this.reader.passed(last, slice.path)) >= opened.taken.count
    }
    let arrived = 0
    for (const step of Object.values(this.graph.steps)) {
      if (step.name === split || !targets(step.transition).includes(slice.entry)) continue
      for await (const { taken } of this.reader.tasks(step.name, slice.path)) {
        if (taken !== undefined && 'to' in taken && taken.to === slice.entry) arrived += 1
      }
    }
    return arrived >= opened.taken.count
  }
}

export function placementIn(record: RunRecord): Placement {
  const { placement } = record
  if (placement === undefined) throw new Error(`run ${record.flow}/${record.run} was not made for the queue`)
  return placement
}

import {
  endOf,
  type Done,
  type EndRecord,
  type FlowGraph,
  type Found,
  type History,
  type Plan,
  type RunState,
  type SlicePlan,
  type StopRecord,
  type TaskRecord,
  type WorkJob,
} from '@flowctl/core'
import { batchAfter } from '../execute/batch-after.ts'
import type { RunContext } from '../execute/run-context.ts'
import { SliceInputs } from '../execute/slice-inputs.ts'
import { SliceRunner } from '../execute/slice-runner.ts'
import { driveJob, type JobRunner } from '../run/drive-job.ts'
import { ForeachBatches } from '../run/foreach-batches.ts'
import { recordEnd } from '../run/record-end.ts'
import { recordStop } from '../run/record-stop.ts'
import { JobBoard, type BoardEntry } from './job-board.ts'
import { MemoryQueue } from './memory-queue.ts'
import { OpenForeaches } from './open-foreaches.ts'
import { StepTally } from './step-tally.ts'

/**
 * Runs a plan to its end in this process, on the pool's task processes. What a job does is decided by `driveJob`; here are the jobs' slots,
 * and what a process that has the whole run to itself can know without asking.
 */
export class MemoryRun implements RunState, JobRunner {
  readonly graph: FlowGraph
  readonly #context: RunContext
  readonly #runner: SliceRunner
  readonly #board: JobBoard
  readonly #queue: MemoryQueue
  readonly #foreaches: OpenForeaches
  readonly #inputs: SliceInputs
  readonly #tally: StepTally
  #running = 0
  #pumping = false
  #stop: Omit<StopRecord, 'at'> | undefined
  /** The stop is being recorded: nothing tells of the end before. */
  #stopping: Promise<void> = Promise.resolve()
  #isBroken = false
  #over = false
  #finish: { resolve(): void; reject(error: unknown): void } | undefined

  /** `history`: what a resumed run has adopted. */
  constructor(context: RunContext, history: History, adopted: Iterable<TaskRecord>) {
    const { graph, record, store, reader, pool } = context
    this.graph = graph
    this.#context = context
    this.#runner = new SliceRunner(context, record.host.name)
    this.#board = new JobBoard(context.now, () => this.#pump())
    this.#foreaches = new OpenForeaches(graph)
    this.#queue = new MemoryQueue({
      context,
      board: this.#board,
      foreaches: this.#foreaches,
      batches: new ForeachBatches(store, reader, graph),
      history,
      state: this,
      width: pool.size,
      stop: (failure) => this.#halt({ reason: 'failed', failure }),
    })
    this.#inputs = new SliceInputs(graph, reader, history)
    this.#tally = new StepTally(graph)
    for (const task of adopted) this.#tally.add(task, true)
  }

  get isStopped(): boolean {
    return this.#stop !== undefined || this.#isBroken
  }

  /** Resolves with how the run ended. Rejects when its datastore or its processes cannot be used: nothing committed is lost. */
  async execute(plan: Plan): Promise<EndRecord> {
    const finished = new Promise<void>((resolve, reject) => {
      this.#finish = { resolve, reject }
    })
    // Jobs run, and may break the run, while the first ones are still being attached.
    void this.#queue.begin(plan).catch((error: unknown) => this.#break(error))
    try {
      await finished
    } finally {
      this.#over = true
    }
    await this.#stopping
    return this.#end()
  }

  /** Kills what runs and starts nothing more. What has ended by now is committed. A run that is over stays as it is. */
  cancel(by: string): void {
    if (this.#over) return
    this.#runner.cancel()
    void this.#halt({ reason: 'cancelled', by }).catch((error: unknown) => this.#break(error))
  }

  async look(): Promise<Found> {
    return { isStopped: this.isStopped, commit: undefined, hasInputs: true, lost: 0 }
  }

  async run({ id, slice }: WorkJob): Promise<Done | undefined> {
    const source = this.#board.get(id)?.source
    const commit = await this.#runner.run({
      slice,
      input: await this.#inputs.inputOf(slice, source, async (join) => this.#foreaches.batchesOf(join)),
      foreaches: await this.#inputs.foreachesAround(slice),
      firstBatch: (split, count) => this.#firstBatch(split, count),
    })
    for (const task of commit?.tasks ?? []) this.#tally.add(task, false)
    return commit === undefined ? undefined : { slice, commit }
  }

  async divide({ id }: WorkJob): Promise<never> {
    throw new Error(`${id} was lost, which a queue in memory cannot do`)
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      while (this.#running < this.#context.pool.size) {
        const entry = this.#board.take()
        if (entry === undefined) return
        this.#running += 1
        void this.#perform(entry)
          .catch((error: unknown) => this.#break(error))
          .finally(() => {
            this.#running -= 1
            this.#pump()
          })
      }
    })
  }

  async #perform({ job }: BoardEntry): Promise<void> {
    if (job.kind === 'finish') this.#finish?.resolve()
    else await driveJob(this, job, this.#queue, this)
  }

  /** The run cannot go on: its commits stay as they are. */
  #break(error: unknown): void {
    this.#isBroken = true
    this.#runner.cancel()
    this.#board.releaseDelayed()
    this.#finish?.reject(error)
  }

  #firstBatch(split: string, count: number): SlicePlan | undefined {
    const width = this.#context.pool.size
    return batchAfter(this.graph, split, { count, batches: [], width, clock: this.#foreaches.clock })
  }

  #halt(stop: Omit<StopRecord, 'at'>): Promise<void> {
    if (this.#stop !== undefined) return this.#stopping
    this.#stop = stop
    this.#runner.drain()
    this.#stopping = this.#recordStop(stop)
    this.#board.releaseDelayed()
    return this.#stopping
  }

  async #recordStop(stop: Omit<StopRecord, 'at'>): Promise<void> {
    const running = this.#runner.executing
    await recordStop(this.#context, { ...stop, at: this.#context.now() }, () => running)
  }

  async #end(): Promise<EndRecord> {
    const steps = this.#tally.counts()
    const { succeeded = 0, caught = 0 } = steps[this.graph.end] ?? {}
    const ending = endOf(this.#stop, succeeded + caught > 0)
    if (ending === undefined) throw new Error('the run has no job left, but its end was not reached')
    return recordEnd(this.#context, { ...ending, at: this.#context.now(), steps })
  }
}

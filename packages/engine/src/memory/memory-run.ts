import {
  FINISH,
  successors,
  type Commit,
  type EndRecord,
  type FirstFailure,
  type History,
  type Job,
  type JoinJob,
  type OpenForeach,
  type Plan,
  type SlicePlan,
  type TaskRecord,
  type TaskRef,
} from '@flowctl/core'
import { batchAfter } from '../execute/batch-after.ts'
import { joinOf, SliceInputs } from '../execute/slice-inputs.ts'
import { SliceRunner } from '../execute/slice-runner.ts'
import { JobBoard, type BoardEntry } from './job-board.ts'
import { OpenForeaches, type ForeachState } from './open-foreaches.ts'
import type { RunContext } from '../execute/run-context.ts'
import { StepTally } from './step-tally.ts'

type Stop =
  | { readonly reason: 'failed'; readonly failed: TaskRecord }
  | { readonly reason: 'cancelled'; readonly by: string }

/**
 * Runs a plan to its end in this process, on the pool's task processes. Every job attaches what follows from its commit before it
 * completes itself, so a join starts exactly when nothing under it is left (I4); the commits are the truth (I1, I2).
 */
export class MemoryRun {
  readonly #context: RunContext
  readonly #history: History
  readonly #runner: SliceRunner
  readonly #board: JobBoard
  readonly #foreaches: OpenForeaches
  readonly #inputs: SliceInputs
  readonly #tally: StepTally
  #running = 0
  #pumping = false
  #stopped: 'failed' | 'cancelled' | undefined
  /** The stop is being recorded: nothing tells of the end before. */
  #stopping: Promise<void> = Promise.resolve()
  #over = false
  #failure: FirstFailure | undefined
  #finish: { resolve(): void; reject(error: unknown): void } | undefined

  /** `history`: what a resumed run has adopted. */
  constructor(context: RunContext, history: History, adopted: Iterable<TaskRecord>) {
    this.#context = context
    this.#history = history
    this.#runner = new SliceRunner(context, context.record.host.name)
    this.#board = new JobBoard(context.now, () => this.#pump())
    this.#foreaches = new OpenForeaches(context.graph)
    this.#inputs = new SliceInputs(context.graph, context.reader, history)
    this.#tally = new StepTally(context.graph)
    for (const record of adopted) this.#tally.add(record, true)
  }

  /** Resolves with how the run ended. Rejects when its datastore or its processes cannot be used: nothing committed is lost. */
  async execute(plan: Plan): Promise<EndRecord> {
    const finished = new Promise<void>((resolve, reject) => {
      this.#finish = { resolve, reject }
    })
    // Jobs run, and may break the run, while the first ones are still being attached.
    void this.#begin(plan).catch((error: unknown) => this.#break(error))
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
    void this.#stop({ reason: 'cancelled', by }).catch((error: unknown) => this.#break(error))
  }

  async #begin(plan: Plan): Promise<void> {
    this.#board.add(FINISH)
    this.#board.hold(FINISH.id)
    await this.#attach(plan, (after) => this.#history.task(after.step, after.task))
    this.#board.release(FINISH.id)
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

  /** The run cannot go on: its commits stay as they are. */
  #break(error: unknown): void {
    this.#stopped ??= 'failed'
    this.#runner.cancel()
    this.#board.releaseDelayed()
    this.#finish?.reject(error)
  }

  async #perform(entry: BoardEntry): Promise<void> {
    const { job } = entry
    if (job.kind === 'finish') {
      this.#finish?.resolve()
      return
    }
    if (this.#stopped === undefined) {
      const { slice } = job
      const commit = await this.#runner.run({
        slice,
        input: await this.#inputs.inputOf(slice, entry.source, async (join) => this.#batchesOf(join)),
        foreaches: await this.#inputs.foreachesAround(slice),
        firstBatch: (split, count) => this.#firstBatch(split, count),
      })
      if (commit !== undefined) await this.#follow(job, entry.source, commit)
    }
    this.#board.complete(job)
  }

  async #follow(job: Exclude<Job, { kind: 'finish' }>, source: TaskRecord | undefined, commit: Commit): Promise<void> {
    const { slice, parent } = job
    this.#foreaches.measure(slice, commit, parent)
    for (const record of commit.tasks) this.#tally.add(record, false)
    const failed = commit.tasks.find((record) => record.outcome === 'failed')
    if (failed !== undefined) await this.#stop({ reason: 'failed', failed })
    if (this.#stopped !== undefined) return
    await this.#attach(successors(this.#context.graph, slice, commit), (after) => {
      if (source !== undefined && source.step === after.step && source.task === after.task) return source
      return commit.tasks.find((record) => record.step === after.step && record.task === after.task)
    })
    const join = joinOf(this.#context.graph, slice)
    if (join !== undefined && commit.continuations.length === 0) this.#foreaches.close(join)
    await this.#hand(parent)
  }

  /** Puts jobs on the board, and of each foreach as many slices as may be outstanding. */
  async #attach(plan: Plan, sourceOf: (after: TaskRef) => TaskRecord | undefined): Promise<void> {
    const joins = [...plan.jobs.filter((job) => job.kind === 'join'), ...plan.foreaches.map((one) => one.join)]
    for (const job of plan.jobs) {
      const after = job.kind === 'slice' ? job.slice.after : undefined
      this.#board.add(job, after === undefined ? undefined : sourceOf(after))
      if (job.kind === 'join') this.#board.hold(job.id)
    }
    for (const foreach of plan.foreaches) {
      this.#board.add(foreach.join)
      this.#board.hold(foreach.join.id)
      this.#foreaches.open(foreach, await this.#recordOf(foreach, sourceOf))
    }
    for (const foreach of plan.foreaches) await this.#hand(foreach.join.id)
    for (const join of joins) this.#board.release(join.id)
  }

  async #recordOf(foreach: OpenForeach, sourceOf: (after: TaskRef) => TaskRecord | undefined): Promise<TaskRecord> {
    const { closes } = foreach.join
    const record = sourceOf(closes) ?? this.#history.task(closes.step, closes.task)
    return record ?? ((await this.#context.reader.task(closes.step, closes.task)) as TaskRecord)
  }

  /** Hands out slices of a foreach until as many are outstanding as there are slots. */
  async #hand(joinId: string): Promise<void> {
    const state = this.#foreaches.get(joinId)
    if (state === undefined) return
    state.handing = state.handing.then(() => this.#handOut(joinId, state))
    await state.handing
  }

  async #handOut(joinId: string, state: ForeachState): Promise<void> {
    const waiting = this.#board.get(joinId)
    if (waiting === undefined) return
    const { open, record } = state
    const { cursor } = open
    // One of the pending ones is the job that hands out, which is about to complete, or the hold of the attaching one.
    while (this.#stopped === undefined && waiting.pending - waiting.delayed <= this.#context.pool.size) {
      const group = cursor.next()
      if (group === 'done') return
      if (group === 'low') {
        const batch = this.#foreaches.nextBatch(state, this.#context.pool.size)
        if (batch === undefined) return
        cursor.extend(await this.#decide(open, cursor.batches.length, batch))
        continue
      }
      await this.#attach(group, (after) =>
        after.step === record.step && after.task === record.task ? record : this.#history.task(after.step, after.task),
      )
    }
  }

  /** Writes a batch of slices before any of them is handed out (I6); whoever was first has decided. */
  async #decide(foreach: OpenForeach, n: number, batch: SlicePlan): Promise<SlicePlan> {
    const { step, task } = foreach.join.closes
    const { store } = this.#context
    if ((await store.putSlicePlan(step, task, n, batch)) === 'written') return batch
    return (await store.readSlicePlan(step, task, n)) as SlicePlan
  }

  #firstBatch(split: string, count: number): SlicePlan | undefined {
    const { graph, pool } = this.#context
    return batchAfter(graph, split, { count, batches: [], width: pool.size, bodyMs: this.#foreaches.bodyMsOf(split) })
  }

  #batchesOf(join: JoinJob): readonly SlicePlan[] {
    return this.#foreaches.get(join.id)?.open.cursor.batches ?? []
  }

  #stop(why: Stop): Promise<void> {
    if (this.#stopped !== undefined) return this.#stopping
    this.#stopped = why.reason
    if (why.reason === 'failed') this.#failure = firstFailure(why.failed)
    this.#runner.drain()
    this.#stopping = this.#recordStop(why)
    this.#board.releaseDelayed()
    return this.#stopping
  }

  async #recordStop(why: Stop): Promise<void> {
    const { emit, now, store } = this.#context
    const at = now()
    const running = this.#runner.executing
    const failure = this.#failure === undefined ? {} : { failure: this.#failure }
    await store.putStop({ reason: why.reason, at, ...failure, ...(why.reason === 'cancelled' ? { by: why.by } : {}) })
    emit({ type: 'stopping', at, reason: why.reason, running })
  }

  async #end(): Promise<EndRecord> {
    const { now, store, record, graph } = this.#context
    const steps = this.#tally.counts()
    const complete = (steps[graph.end]?.succeeded ?? 0) + (steps[graph.end]?.caught ?? 0) > 0
    if (this.#stopped === undefined && !complete)
      throw new Error('the run has no job left, but its end was not reached')
    const failure = this.#failure === undefined ? {} : { failure: this.#failure }
    const end: EndRecord = { status: this.#stopped ?? 'succeeded', at: now(), ...failure, steps }
    await store.putEnd(end, record.createdAt)
    return end
  }
}

function firstFailure(record: TaskRecord): FirstFailure {
  const { step, task, attempt, error, input } = record
  const kept = {
    step,
    task,
    attempt,
    error: error ?? { kind: 'exception', name: 'Error', message: 'unknown' },
  } as const
  return input === undefined ? kept : { ...kept, input }
}

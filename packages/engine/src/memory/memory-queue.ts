import {
  FINISH,
  type Done,
  type FirstFailure,
  type History,
  type JoinJob,
  type OpenForeach,
  type Plan,
  type RunQueue,
  type RunState,
  type SliceJob,
  type TaskRecord,
  type TaskRef,
  type WorkJob,
} from '@flowctl/core'
import type { RunContext } from '../execute/run-context.ts'
import type { ForeachBatches } from '../run/foreach-batches.ts'
import type { JobBoard } from './job-board.ts'
import type { ForeachState, OpenForeaches } from './open-foreaches.ts'

export interface MemoryQueueOptions {
  readonly context: Pick<RunContext, 'reader'>
  readonly board: JobBoard
  readonly foreaches: OpenForeaches
  readonly batches: ForeachBatches
  /** What a resumed run took over. */
  readonly history: History
  readonly state: RunState
  /** Slices of a foreach that may be outstanding. */
  readonly width: number
  readonly stop: (failure: FirstFailure) => Promise<void>
}

/** Finds the record of the task that a slice starts from, where it is at hand. */
type SourceOf = (after: TaskRef) => TaskRecord | undefined

/** The queue of a run in memory: a job board. Its jobs are lost with the process, so no job is ever found done, or not waited for. */
export class MemoryQueue implements RunQueue {
  readonly #given: MemoryQueueOptions
  readonly #board: JobBoard
  readonly #foreaches: OpenForeaches

  constructor(given: MemoryQueueOptions) {
    this.#given = given
    this.#board = given.board
    this.#foreaches = given.foreaches
  }

  /** Adds the run's `finish` with the jobs that a run begins with. */
  async begin(plan: Plan): Promise<void> {
    this.#board.add(FINISH)
    this.#board.hold(FINISH.id)
    await this.#add(plan, (after) => this.#given.history.task(after.step, after.task))
    this.#board.release(FINISH.id)
  }

  async attach(job: WorkJob, plan: Plan, { commit }: Done): Promise<boolean> {
    const source = this.#board.get(job.id)?.source
    await this.#add(plan, ({ step, task }) => {
      if (source?.step === step && source.task === task) return source
      return commit.tasks.find((record) => record.step === step && record.task === task)
    })
    return true
  }

  async continue(job: WorkJob, next: SliceJob, done: Done): Promise<boolean> {
    return this.attach(job, { jobs: [next], foreaches: [] }, done)
  }

  async handOut(_job: WorkJob, join: JoinJob, { slice, commit }: Done): Promise<void> {
    this.#foreaches.measure(slice, commit, join.id)
    await this.#hand(join.id)
  }

  async closeForeach(join: JoinJob): Promise<void> {
    this.#foreaches.close(join)
  }

  async complete(job: WorkJob): Promise<void> {
    this.#board.complete(job)
  }

  async stop(failure: FirstFailure): Promise<void> {
    await this.#given.stop(failure)
  }

  async waitAgain(join: JoinJob): Promise<void> {
    throw new Error(`${join.id} woke up too early, which a queue that loses nothing cannot do`)
  }

  /** Puts jobs on the board, and of each foreach as many slices as may be outstanding. */
  async #add(plan: Plan, sourceOf: SourceOf): Promise<void> {
    const joins: JoinJob[] = []
    for (const job of plan.jobs) {
      const after = job.kind === 'slice' ? job.slice.after : undefined
      const isNew = this.#board.add(job, after === undefined ? undefined : sourceOf(after))
      if (!isNew || job.kind !== 'join') continue
      this.#board.hold(job.id)
      joins.push(job)
    }
    for (const foreach of plan.foreaches) {
      // One that is there already hands out by itself.
      if (!this.#board.add(foreach.join)) continue
      this.#board.hold(foreach.join.id)
      joins.push(foreach.join)
      this.#foreaches.open(foreach, await this.#recordOf(foreach, sourceOf))
    }
    for (const foreach of plan.foreaches) await this.#hand(foreach.join.id)
    for (const join of joins) this.#board.release(join.id)
  }

  async #recordOf({ join }: OpenForeach, sourceOf: SourceOf): Promise<TaskRecord> {
    const { step, task } = join.closes
    const { history, context } = this.#given
    return sourceOf(join.closes) ?? history.task(step, task) ?? ((await context.reader.task(step, task)) as TaskRecord)
  }

  /** Hands out slices of a foreach until as many are outstanding as there are slots. */
  async #hand(joinId: string): Promise<void> {
    const foreach = this.#foreaches.get(joinId)
    if (foreach === undefined) return
    foreach.handing = foreach.handing.then(() => this.#handNext(joinId, foreach))
    await foreach.handing
  }

  async #handNext(joinId: string, foreach: ForeachState): Promise<void> {
    const waiting = this.#board.get(joinId)
    if (waiting === undefined) return
    const { batches, history, state, width } = this.#given
    const { open, record } = foreach
    const { cursor, join } = open
    // One of the pending ones is the job that hands out, which is about to complete, or the hold of the attaching one.
    while (!state.isStopped && waiting.pending - waiting.delayed <= width) {
      const group = cursor.next()
      if (group === 'done') return
      if (group === 'low') {
        const batch = this.#foreaches.nextBatch(foreach, width)
        if (batch === undefined) return
        cursor.extend(await batches.decide(join, cursor.batches.length, batch))
        continue
      }
      await this.#add(group, ({ step, task }) =>
        step === record.step && task === record.task ? record : history.task(step, task),
      )
    }
  }
}

import { advance, pathOf, taskId, type Commit, type Done, type Found, type Slice, type WorkJob } from '@flowctl/core'
import { batchAfter, carriedBy, driveJob, saveCaught, type ExecutionResult, type JobRunner } from '@flowctl/engine'
import type { SliceInput } from '@flowctl/runtime'
import { capacityOf } from '../runs/foreach-capacity.ts'
import type { OpenRun } from '../runs/open-run.ts'
import type { Delivery, JobContext, JobOutcome } from './job-context.ts'
import type { CannotStart } from './lazy-pool.ts'
import { isFresh, keyOf, ParentWaits } from './parent-waits.ts'
import { RedisQueue } from './redis-queue.ts'
import { SliceLoop, type SliceLoopEnd, type SliceLoopHost } from './slice-loop.ts'
import { lostError, splitCommit } from './split-lost-slice.ts'

/** What a worker does with a job: run its slice if nobody has, then attach what follows. Throws when it is to be delivered again. */
export async function performJob(
  work: OpenRun,
  job: WorkJob,
  delivery: Delivery,
  context: JobContext,
  host: SliceLoopHost,
): Promise<JobOutcome> {
  const parentWaits = new ParentWaits(work, job, context)
  const queue = new RedisQueue(work, delivery.token, parentWaits, context)
  await driveJob(work, job, queue, new DeliveredJob(work, delivery, queue, parentWaits, context, host))
  return queue.outcome
}

/** Ends a run that nobody can run: its code does not start anywhere. What is done stays done, and can be resumed. */
export async function giveUp(work: OpenRun, job: WorkJob, reason: CannotStart, context: JobContext): Promise<void> {
  const { entry, turn, attempt } = job.slice
  const task = taskId({ path: pathOf(job.slice), turn })
  const queue = new RedisQueue(work, '', new ParentWaits(work, job, context), context)
  await queue.stop({ step: entry, task, attempt, error: reason.taskError })
  for (const command of advance(work, job)) if (command.kind === 'closeForeach') await queue.closeForeach(command.join)
}

/** One delivery of a job: how its slice is found, and run. */
class DeliveredJob implements JobRunner {
  readonly #work: OpenRun
  readonly #lost: number
  readonly #queue: RedisQueue
  readonly #parentWaits: ParentWaits
  readonly #context: JobContext
  readonly #host: SliceLoopHost
  #lookedAt = 0

  constructor(
    work: OpenRun,
    { lost }: Delivery,
    queue: RedisQueue,
    parentWaits: ParentWaits,
    context: JobContext,
    host: SliceLoopHost,
  ) {
    this.#work = work
    this.#lost = lost
    this.#queue = queue
    this.#parentWaits = parentWaits
    this.#context = context
    this.#host = host
  }

  async look(job: WorkJob): Promise<Found> {
    const { head, key } = job.slice
    this.#lookedAt = this.#context.now()
    const [stopped, commit, hasInputs] = await Promise.all([
      this.#work.stopped(job.kind === 'join'),
      this.#work.store.readCommit(head, key),
      job.kind === 'slice' || this.#work.isJoinReady(job),
    ])
    return { isStopped: stopped !== undefined, commit, hasInputs, lost: this.#lost }
  }

  /** Runs the slice of a job, and further ones of its foreach if it may. */
  async run(job: WorkJob): Promise<Done | undefined> {
    const { slice, commit, given } = await this.#runLoop(job)
    this.#queue.takeReport = given
    return this.#standing(slice, commit)
  }

  async divide({ slice }: WorkJob, lost: number): Promise<Done | undefined> {
    return this.#standing(slice, await divide(this.#work, slice, lost, this.#context))
  }

  async #standing(slice: Slice, made: Commit | undefined): Promise<Done | undefined> {
    const commit = made ?? (await this.#work.store.readCommit(slice.head, slice.key))
    if (commit !== undefined) return { slice, commit }
    if ((await this.#work.stopped(true)) !== undefined) return undefined
    throw new Error('handed back: the worker is leaving')
  }

  #runLoop(job: WorkJob): Promise<SliceLoopEnd> {
    const context = this.#context
    const work = this.#work
    const parentWaits = this.#parentWaits
    const loop = new SliceLoop(work, job.slice, {
      attacher: context.attacher,
      now: context.now,
      taker: keyOf(work, job, context),
      host: this.#host,
      run: (slice, at, executed) => {
        if (slice !== job.slice || !parentWaits.isKnown)
          setImmediate(() => work.store.prepareCommit(slice.head, slice.key))
        return run(work, slice, at, executed, context)
      },
      isLast: () => parentWaits.askAgain(),
    })
    // Once the slice is on its way to its process, there is time for what comes after it.
    setImmediate(() => parentWaits.askAgain())
    return loop.run(job.slice, this.#lookedAt)
  }
}

async function run(
  work: OpenRun,
  slice: Slice,
  lookedAt: number,
  executed: (result: ExecutionResult) => void,
  context: JobContext,
): Promise<Commit | undefined> {
  const [input, foreaches] = await Promise.all([inputOf(work, slice), work.inputs.foreachesAround(slice)])
  return work.runner.run({
    slice,
    input,
    foreaches,
    firstBatch: (split, count) =>
      batchAfter(work.graph, split, {
        count,
        batches: [],
        width: capacityOf(work, split, context.slots).width,
        clock: work.clock,
      }),
    executed,
    mayStart: () => (isFresh(lookedAt, context) ? undefined : lookAgain(work, slice, context)),
  })
}

/** Who was held up since it looked, by a stop of the whole process even, looks until it has an answer that is fresh. */
async function lookAgain(work: OpenRun, slice: Slice, context: JobContext): Promise<boolean> {
  let lookedAt: number
  do {
    lookedAt = context.now()
    if (await work.isSettled(slice, true)) return false
  } while (!isFresh(lookedAt, context))
  return true
}

async function divide(work: OpenRun, slice: Slice, lost: number, context: JobContext): Promise<Commit | undefined> {
  const caught = await saveCaught(work, slice.entry, lostError(slice.entry, lost))
  const carried = carriedBy(await inputOf(work, slice))
  const { host } = context
  const given = { lost, now: context.now(), host, execution: context.nonce(), carried, caught }
  const commit = splitCommit(work.graph, slice, given)
  if ((await work.store.putCommit(commit)) === 'written') return commit
  return work.store.readCommit(slice.head, slice.key)
}

async function inputOf(work: OpenRun, slice: Slice): Promise<SliceInput> {
  return work.inputs.inputOf(slice, undefined, (join, count) => work.batches.all(join, count))
}

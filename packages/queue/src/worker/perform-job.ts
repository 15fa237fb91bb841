import { pathOf, taskId, type Commit, type FirstFailure, type Slice } from '@flowctl/core'
import { batchAfter, carriedBy, saveCaught, type ExecutionResult } from '@flowctl/engine'
import type { SliceInput } from '@flowctl/runtime'
import { capacityOf } from '../runs/foreach-capacity.ts'
import { ParentWaits, isFresh, keyOf } from './parent-waits.ts'
import { splitCommit, lostError } from './split-lost-slice.ts'
import { continueRun } from './continue-run.ts'
import type { CannotStart } from './lazy-pool.ts'
import type { Delivery, JobContext, JobOutcome, WorkJob } from './job-context.ts'
import { SliceLoop, type SliceLoopEnd, type SliceLoopHost } from './slice-loop.ts'
import { failedIn, firstFailure, type OpenRun } from '../runs/open-run.ts'

/** A job delivered this often before without an end is not run as it is any more: its workers may have died of it. */
const SUSPICIOUS = 3

/** What a worker does with a job: run its slice if nobody has, then attach what follows. Throws when it is to be delivered again. */
export async function performJob(
  work: OpenRun,
  job: WorkJob,
  { lost, token }: Delivery,
  context: JobContext,
  host: SliceLoopHost,
): Promise<JobOutcome> {
  const { slice } = job
  const awaited = new ParentWaits(work, job, context)
  const lookedAt = context.now()
  const [stopped, known, isReady] = await Promise.all([
    work.stopped(job.kind === 'join'),
    work.store.readCommit(slice.head, slice.key),
    job.kind === 'slice' || work.isJoinReady(job),
  ])
  if (stopped !== undefined) return abandon(work, job, context)
  let commit = known
  let last: SliceLoopEnd | undefined
  if (commit === undefined) {
    if (job.kind === 'join' && !isReady) {
      await context.enqueueBelow(work, job)
      return 'wait'
    }
    if (lost >= SUSPICIOUS) commit = await divide(work, slice, lost, context)
    else {
      last = await runRow(work, job, lookedAt, awaited, context, host)
      commit = last.commit
    }
    const { head, key } = last?.slice ?? slice
    commit ??= await work.store.readCommit(head, key)
    if (commit === undefined) {
      if ((await work.stopped(true)) !== undefined) return abandon(work, job, context)
      throw new Error('handed back: the worker is leaving')
    }
  }
  const failed = failedIn(commit)
  if (failed !== undefined) {
    await stop(work, firstFailure(failed), context)
    return abandon(work, job, context)
  }
  return continueRun(work, job, { slice, ...last, commit }, { awaited, token }, context)
}

/** Ends a run that nobody can run: its code does not start anywhere. What is done stays done, and can be resumed. */
export async function giveUp(work: OpenRun, job: WorkJob, reason: CannotStart, context: JobContext): Promise<void> {
  const { entry, turn, attempt } = job.slice
  const task = taskId({ path: pathOf(job.slice), turn })
  await stop(work, { step: entry, task, attempt, error: reason.taskError }, context)
  await abandon(work, job, context)
}

async function stop(work: OpenRun, failure: FirstFailure, context: JobContext): Promise<void> {
  const at = context.now()
  const first = await work.store.putStop({ reason: 'failed', at, failure })
  if (first === 'written') work.emit({ type: 'stopping', at, reason: 'failed', running: context.runningBeside(work) })
  await context.announce(work, 'failed')
}

/** Runs the slice of a job, and further ones of its foreach if it may. */
function runRow(
  work: OpenRun,
  job: WorkJob,
  lookedAt: number,
  awaited: ParentWaits,
  context: JobContext,
  host: SliceLoopHost,
): Promise<SliceLoopEnd> {
  const loop = new SliceLoop(work, job.slice, {
    attacher: context.attacher,
    now: context.now,
    taker: keyOf(work, job, context),
    host,
    run: (slice, at, executed) => {
      if (slice !== job.slice || !awaited.isKnown) setImmediate(() => work.store.prepareCommit(slice.head, slice.key))
      return run(work, slice, at, executed, context)
    },
    isLast: () => awaited.askAgain(),
  })
  // Once the slice is on its way to its process, there is time for what comes after it.
  setImmediate(() => awaited.askAgain())
  return loop.run(job.slice, lookedAt)
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

/** In a stopped run a job completes without running, and what it would have closed is not needed any more. */
async function abandon(work: OpenRun, job: WorkJob, context: JobContext): Promise<JobOutcome> {
  if (job.kind === 'join') await context.queues.foreaches.close(work, job.id)
  return 'done'
}

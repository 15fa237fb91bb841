import { taskId, type Commit, type FirstFailure, type Slice } from '@flowctl/core'
import { encodeValue } from '@flowctl/datastore'
import { batchAfter, type ExecutionResult, caughtValue } from '@flowctl/engine'
import type { SliceInput } from '@flowctl/runtime'
import { roomOf } from '../runs/foreach-capacity.ts'
import { IsAwaited, isFresh, keyOf } from './parent-waits.ts'
import { dividedCommit, lostError } from './split-lost-slice.ts'
import { follow } from './continue-run.ts'
import type { CannotStart } from './lazy-pool.ts'
import type { Delivery, Performance, Performed, WorkJob } from './job-context.ts'
import { Row, type RowEnd, type RowHost } from './slice-loop.ts'
import { failedIn, firstFailure, type RunWork } from '../runs/open-run.ts'

/** A job delivered this often before without an end is not run as it is any more: its workers may have died of it. */
const SUSPICIOUS = 3

/** What a worker does with a job: run its slice if nobody has, then attach what follows. Throws when it is to be delivered again. */
export async function performJob(
  work: RunWork,
  job: WorkJob,
  { lost, token }: Delivery,
  to: Performance,
  host: RowHost,
): Promise<Performed> {
  const { slice } = job
  const awaited = new IsAwaited(work, job, to)
  const lookedAt = to.now()
  const [stopped, known, isReady] = await Promise.all([
    work.stopped(job.kind === 'join'),
    work.store.readCommit(slice.head, slice.key),
    job.kind === 'slice' || work.isJoinReady(job),
  ])
  if (stopped !== undefined) return abandon(work, job, to)
  let commit = known
  let last: RowEnd | undefined
  if (commit === undefined) {
    if (job.kind === 'join' && !isReady) {
      await to.replant(work, job)
      return 'wait'
    }
    if (lost >= SUSPICIOUS) commit = await divide(work, slice, lost, to)
    else {
      last = await runRow(work, job, lookedAt, awaited, to, host)
      commit = last.commit
    }
    const { head, key } = last?.slice ?? slice
    commit ??= await work.store.readCommit(head, key)
    if (commit === undefined) {
      if ((await work.stopped(true)) !== undefined) return abandon(work, job, to)
      throw new Error('handed back: the worker is leaving')
    }
  }
  const failed = failedIn(commit)
  if (failed !== undefined) {
    await stop(work, firstFailure(failed), to)
    return abandon(work, job, to)
  }
  return follow(work, job, { slice, ...last, commit }, { awaited, token }, to)
}

/** Ends a run that nobody can run: its code does not start anywhere. What is done stays done, and can be resumed. */
export async function giveUp(work: RunWork, job: WorkJob, reason: CannotStart, to: Performance): Promise<void> {
  const { entry, path, range, turn, attempt } = job.slice
  const task = taskId({ path: range === undefined ? path : [...path, range.from], turn })
  await stop(work, { step: entry, task, attempt, error: reason.taskError }, to)
  await abandon(work, job, to)
}

async function stop(work: RunWork, failure: FirstFailure, to: Performance): Promise<void> {
  const at = to.now()
  const first = await work.store.putStop({ reason: 'failed', at, failure })
  if (first === 'written') work.emit({ type: 'stopping', at, reason: 'failed', running: to.runningBeside(work) })
  await to.announce(work, 'failed')
}

/** Runs the slice of a job, and further ones of its foreach if it may. */
function runRow(
  work: RunWork,
  job: WorkJob,
  lookedAt: number,
  awaited: IsAwaited,
  to: Performance,
  host: RowHost,
): Promise<RowEnd> {
  const row = new Row(work, job.slice, {
    attacher: to.attacher,
    now: to.now,
    taker: keyOf(work, job, to),
    host,
    run: (slice, at, executed) => {
      if (slice !== job.slice || !awaited.isKnown) setImmediate(() => work.store.prepareCommit(slice.head, slice.key))
      return run(work, slice, at, executed, to)
    },
    isLast: () => awaited.askAgain(),
  })
  // Once the slice is on its way to its process, there is time for what comes after it.
  setImmediate(() => awaited.askAgain())
  return row.run(job.slice, lookedAt)
}

async function run(
  work: RunWork,
  slice: Slice,
  lookedAt: number,
  executed: (result: ExecutionResult) => void,
  to: Performance,
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
        width: roomOf(work, split, to.slots).width,
        bodyMs: work.clock.of(split),
      }),
    executed,
    mayStart: () => (isFresh(lookedAt, to) ? undefined : lookAgain(work, slice, to)),
  })
}

/** Who was held up since it looked, by a stop of the whole process even, looks until it has an answer that is fresh. */
async function lookAgain(work: RunWork, slice: Slice, to: Performance): Promise<boolean> {
  let lookedAt: number
  do {
    lookedAt = to.now()
    if (await work.isSettled(slice, true)) return false
  } while (!isFresh(lookedAt, to))
  return true
}

async function divide(work: RunWork, slice: Slice, lost: number, to: Performance): Promise<Commit | undefined> {
  const name = work.graph.steps[slice.entry]?.decorators.catchError?.var
  const error = caughtValue(lostError(slice.entry, lost))
  const caught = name === undefined ? undefined : await work.artifacts.save(encodeValue(error, name))
  const input = await inputOf(work, slice)
  const carried = input.type === 'task' ? input : { artifacts: {} }
  const { host } = to
  const given = { lost, now: to.now(), host, execution: to.nonce(), carried, caught }
  const commit = dividedCommit(work.graph, slice, given)
  if ((await work.store.putCommit(commit)) === 'written') return commit
  return work.store.readCommit(slice.head, slice.key)
}

async function inputOf(work: RunWork, slice: Slice): Promise<SliceInput> {
  return work.inputs.inputOf(slice, undefined, (join, count) => work.batches.all(join, count))
}

/** In a stopped run a job completes without running, and what it would have closed is not needed any more. */
async function abandon(work: RunWork, job: WorkJob, to: Performance): Promise<Performed> {
  if (job.kind === 'join') await to.shard.foreaches.close(work, job.id)
  return 'done'
}

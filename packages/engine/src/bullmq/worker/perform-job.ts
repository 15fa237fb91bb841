import {
  bodyTimes,
  joinJob,
  structureOf,
  successors,
  taskId,
  type Commit,
  type FirstFailure,
  type Job,
  type JoinJob,
  type Plan,
  type Slice,
  type TaskRecord,
} from '@flowctl/core'
import { encodeValue } from '@flowctl/datastore'
import { joinOf } from '../../execute/slice-inputs.ts'
import { caughtValue } from '../../execute/verdict.ts'
import type { ExecutionResult } from '../../execute/execution.ts'
import type { SliceInput } from '../../protocol.ts'
import { foreachJoinOf } from '../plan/foreach-join.ts'
import { parentAt, queueOf } from '../plan/placement.ts'
import { LOCK_MS } from '../queue/job-data.ts'
import { batchAfter, roomOf, type SlotCount } from '../plan/slots.ts'
import { ParentGone } from '../queue/producer.ts'
import type { Attacher } from '../queue/attach.ts'
import type { Shard } from '../queue/shard.ts'
import { dividedCommit, lostError } from './divide.ts'
import type { CannotStart } from './lazy-pool.ts'
import type { ExpectedJobs } from './expected-jobs.ts'
import type { Completion } from './queue-worker.ts'
import { Row, type RowEnd, type RowHost } from './row.ts'
import { failedIn, type RunWork } from './run-work.ts'

export interface Performance {
  readonly shard: Shard
  readonly attacher: Attacher
  readonly slots: SlotCount
  /** What this process has attached and not had yet. */
  readonly expected: ExpectedJobs
  readonly now: () => number
  readonly nonce: () => string
  readonly host: string
  /** How many slices of the run are running besides this one, more or less. */
  readonly runningBeside: (work: RunWork) => number
  /** Tells everybody that a run is stopped. */
  readonly announce: (work: RunWork, reason: 'failed' | 'cancelled') => Promise<void>
  /** Attaches what a join that woke too early still waits for. */
  readonly replant: (work: RunWork, join: JoinJob) => Promise<void>
}

type WorkJob = Exclude<Job, { kind: 'finish' }>

/**
 * `more`: done, and what follows is attached. `wait`: the job has children again and is to go back to waiting. Else it is done, and what
 * follows is being attached.
 */
export type Performed = 'done' | 'more' | 'wait' | Completion

/** One delivery of a job. */
export interface Delivery {
  /** How many of those before were lost. */
  readonly lost: number
  /** Of the job's lock. */
  readonly token: string
}

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

/** Nobody else can have been given the job since then: its lock has held. */
const isFresh = (lookedAt: number, { now }: Performance): boolean => now() - lookedAt < LOCK_MS / 2

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

/** Whether the parent waits for the job, asked ahead: while the job's lock holds, the answer stays true. */
class IsAwaited {
  readonly #work: RunWork
  readonly #job: WorkJob
  readonly #to: Performance
  #askedAt = -Infinity
  #answer: Promise<boolean> | undefined

  constructor(work: RunWork, job: WorkJob, to: Performance) {
    this.#work = work
    this.#job = job
    this.#to = to
    const attachedAt = to.expected.take(keyOf(work, job, to))
    if (attachedAt === undefined) return
    this.#askedAt = attachedAt
    this.#answer = Promise.resolve(true)
  }

  /** Without having asked: this process has just attached it. */
  get isKnown(): boolean {
    return this.#answer !== undefined && isFresh(this.#askedAt, this.#to)
  }

  ask(): void {
    this.#askedAt = this.#to.now()
    this.#answer = this.#to.shard.isAwaited(this.#work, this.#job)
    this.#answer.catch(() => {})
  }

  askAgain(): void {
    if (!isFresh(this.#askedAt, this.#to)) this.ask()
  }

  now(): Promise<boolean> {
    if (this.#answer !== undefined && isFresh(this.#askedAt, this.#to)) return this.#answer
    return this.#to.shard.isAwaited(this.#work, this.#job)
  }
}

/** A commit with its slice, and what its row has to say. */
interface Followed {
  readonly slice: Slice
  readonly commit: Commit
  readonly given?: RowEnd['given']
}

const keyOf = (work: RunWork, job: WorkJob, { shard }: Performance): string =>
  shard.keyOf(work, { queue: queueOf(work.placement, job), id: job.id })

/** Attaches what follows and takes the foreach's next slice, if the parent still waits for this job. */
async function follow(
  work: RunWork,
  job: WorkJob,
  { slice, commit, given }: Followed,
  { awaited, token }: { readonly awaited: IsAwaited; readonly token: string },
  to: Performance,
): Promise<Performed> {
  const plan = successors(work.graph, slice, commit)
  const foreach = foreachJoinOf(work.graph, slice)
  const own = keyOf(work, job, to)
  if (!(await awaited.now())) return checkParent(work, job, to)
  const closed = joinOf(work.graph, job.slice)
  const next = foreach === undefined && closed === undefined ? onlyNext(plan) : undefined
  if (next !== undefined) {
    return attachNext(work, job, next, { key: own, token }, to)
  }
  try {
    await to.attacher.attach(work, plan, own)
    // A stop that came meanwhile has not seen those that wait for their time.
    const waits = plan.jobs.some((next) => next.kind === 'slice' && next.slice.notBefore !== undefined)
    if (waits && (await work.stopped(true)) !== undefined) await to.shard.wakeSleepers(work.flow, work.run)
    if (foreach !== undefined) {
      await to.attacher.handOut(
        work,
        foreach,
        own,
        given ?? { facts: bodyTimes(work.graph, slice, commit), attached: '' },
      )
    }
  } catch (error) {
    await lostParent(work, job, error, to)
    return 'done'
  }
  if (closed !== undefined) await to.shard.closeForeach(work, closed.id)
  return plan.jobs.length > 0 || plan.foreaches.length > 0 ? 'more' : 'done'
}

/** What follows, if that is a single job that can begin at once. */
function onlyNext({ jobs, foreaches }: Plan): WorkJob | undefined {
  const [next, ...others] = jobs
  if (next === undefined || next.kind === 'finish' || others.length > 0 || foreaches.length > 0) return undefined
  return next.slice.notBefore === undefined ? next : undefined
}

/** The job's completion can be sent at once: Redis refuses it as long as the next one is not attached. */
async function attachNext(
  work: RunWork,
  job: WorkJob,
  next: WorkJob,
  own: { readonly key: string; readonly token: string },
  to: Performance,
): Promise<Completion> {
  const at = to.now()
  const { answered } = await to.shard.attachNext(work, own, next, at)
  // While Redis works, there is time for what comes after it.
  setImmediate(() => work.store.prepareCommit(next.slice.head, next.slice.key))
  const attaching = answered.then(
    (isAwaited) => {
      if (isAwaited) to.expected.add(keyOf(work, next, to), at)
    },
    (error: unknown) => lostParent(work, job, error, to),
  )
  attaching.catch(() => {})
  return { attaching }
}

async function lostParent(work: RunWork, job: WorkJob, error: unknown, to: Performance): Promise<void> {
  if (!(error instanceof ParentGone)) throw error
  await checkParent(work, job, to)
}

/** Nobody waits for this job: somebody has moved on, or Redis has lost the run. */
async function checkParent(work: RunWork, job: WorkJob, to: Performance): Promise<Performed> {
  if (!(await hasMovedOn(work, job))) await to.shard.order({ flow: work.flow, run: work.run, order: 'recover' })
  return 'done'
}

async function hasMovedOn(work: RunWork, job: WorkJob): Promise<boolean> {
  const parent = parentAt(work.graph, work.placement, job)
  const join = enclosingJoin(work, job)
  if (join === undefined || parent.id !== join.id) return (await work.store.readEnd()) !== undefined
  return (await work.store.readCommit(join.slice.head, join.slice.key)) !== undefined
}

function enclosingJoin(work: RunWork, { slice }: WorkJob): JoinJob | undefined {
  const { enclosing, foreachDepth } = structureOf(work.graph)
  const split = enclosing[slice.entry]?.at(-1)
  if (split === undefined) return undefined
  const path = slice.range === undefined ? slice.path : [...slice.path, slice.range.from]
  return joinJob(work.graph, split, path.slice(0, foreachDepth[split] as number))
}

/** In a stopped run a job completes without running, and what it would have closed is not needed any more. */
async function abandon(work: RunWork, job: WorkJob, to: Performance): Promise<Performed> {
  if (job.kind === 'join') await to.shard.closeForeach(work, job.id)
  return 'done'
}

export function firstFailure(record: TaskRecord): FirstFailure {
  const { step, task, attempt, error, input } = record
  const known = error ?? { kind: 'exception', name: 'Error', message: 'unknown' }
  return { step, task, attempt, error: known, ...(input === undefined ? {} : { input }) }
}

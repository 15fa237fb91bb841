import {
  bodyTimes,
  joinAround,
  type Done,
  type FirstFailure,
  type JoinJob,
  type Plan,
  type RunQueue,
  type SliceJob,
  type WorkJob,
} from '@flowctl/core'
import { recordStop } from '@flowctl/engine'
import { parentAt } from '../queue/placement.ts'
import { ParentGone, type Completion } from '../queue/backend.ts'
import type { OpenRun } from '../runs/open-run.ts'
import type { JobContext, JobOutcome } from './job-context.ts'
import { keyOf, type ParentWaits } from './parent-waits.ts'
import type { SliceLoopEnd } from './slice-loop.ts'

/**
 * The queues in Redis as one delivery of a job sees them. BullMQ completes the job when its worker's function returns, so `complete` has nothing to
 * do; `outcome` says how.
 */
export class RedisQueue implements RunQueue {
  outcome: JobOutcome = 'done'
  /** What the job's slice loop has to tell its foreach. @default what the job's own commit tells */
  takeReport: SliceLoopEnd['given'] | undefined
  readonly #run: OpenRun
  readonly #token: string
  readonly #parentWaits: ParentWaits
  readonly #context: JobContext

  /** `token`: of the job's lock. */
  constructor(run: OpenRun, token: string, parentWaits: ParentWaits, context: JobContext) {
    this.#run = run
    this.#token = token
    this.#parentWaits = parentWaits
    this.#context = context
  }

  async attach(job: WorkJob, plan: Plan): Promise<boolean> {
    const { attacher, queues } = this.#context
    const run = this.#run
    if (!(await this.#parentWaits.now())) return this.#leaveToOthers(job)
    try {
      await attacher.attach(run, plan, keyOf(run, job, this.#context))
    } catch (error) {
      return this.#lostParent(job, error)
    }
    // A stop that came meanwhile has not seen those that wait for their time.
    const waits = plan.jobs.some((next) => next.kind === 'slice' && next.slice.notBefore !== undefined)
    if (waits && (await run.stopped(true)) !== undefined) await queues.wakeSleepers(run.flow, run.run)
    if (plan.jobs.length > 0 || plan.foreaches.length > 0) this.outcome = 'more'
    return true
  }

  /** The job's completion is sent without waiting for the answer: Redis refuses it as long as the next one is not attached. */
  async continue(job: WorkJob, next: SliceJob): Promise<boolean> {
    if (!(await this.#parentWaits.now())) return this.#leaveToOthers(job)
    this.outcome = await this.#attachNext(job, next)
    return true
  }

  async handOut(job: WorkJob, join: JoinJob, { slice, commit }: Done): Promise<void> {
    const report = this.takeReport ?? { facts: bodyTimes(this.#run.graph, slice, commit), attached: '' }
    try {
      await this.#context.attacher.handOut(this.#run, join, keyOf(this.#run, job, this.#context), report)
    } catch (error) {
      await this.#lostParent(job, error)
    }
  }

  async closeForeach(join: JoinJob): Promise<void> {
    await this.#context.queues.foreaches.close(this.#run, join.id)
  }

  async complete(): Promise<void> {}

  async stop(failure: FirstFailure): Promise<void> {
    const { now, runningBeside, announce } = this.#context
    await recordStop(this.#run, { reason: 'failed', at: now(), failure }, () => runningBeside(this.#run))
    await announce(this.#run, 'failed')
  }

  async waitAgain(join: JoinJob): Promise<void> {
    await this.#context.enqueueBelow(this.#run, join)
    this.outcome = 'wait'
  }

  async #attachNext(job: WorkJob, next: SliceJob): Promise<Completion> {
    const { queues, ownAttached, now } = this.#context
    const at = now()
    const own = { key: keyOf(this.#run, job, this.#context), token: this.#token }
    const { answered } = await queues.attachNext(this.#run, own, next, at)
    // While Redis works, there is time for what comes after it.
    setImmediate(() => this.#run.store.prepareCommit(next.slice.head, next.slice.key))
    const attaching = answered.then(
      (isAwaited) => {
        if (isAwaited) ownAttached.add(keyOf(this.#run, next, this.#context), at)
      },
      async (error: unknown) => void (await this.#lostParent(job, error)),
    )
    attaching.catch(() => {})
    return { attaching }
  }

  async #lostParent(job: WorkJob, error: unknown): Promise<false> {
    if (!(error instanceof ParentGone)) throw error
    return this.#leaveToOthers(job)
  }

  /** Nobody waits for this job: somebody has moved on, or Redis has lost the run. */
  async #leaveToOthers(job: WorkJob): Promise<false> {
    const { flow, run } = this.#run
    this.outcome = 'done'
    if (!(await hasMovedOn(this.#run, job))) await this.#context.queues.order({ flow, run, order: 'recover' })
    return false
  }
}

async function hasMovedOn(run: OpenRun, job: WorkJob): Promise<boolean> {
  const parent = parentAt(run.graph, run.placement, job)
  const join = joinAround(run.graph, job.slice)
  if (join === undefined || parent.id !== join.id) return (await run.store.readEnd()) !== undefined
  return (await run.store.readCommit(join.slice.head, join.slice.key)) !== undefined
}

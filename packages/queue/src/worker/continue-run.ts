import {
  bodyTimes,
  joinJob,
  joinOf,
  pathOf,
  structureOf,
  successors,
  type Commit,
  type JoinJob,
  type Plan,
  type Slice,
} from '@flowctl/core'
import { foreachJoinOf } from '../runs/foreach-join.ts'
import { parentAt } from '../queue/placement.ts'
import { ParentGone } from '../queue/producer.ts'
import { keyOf, type ParentWaits } from './parent-waits.ts'
import type { JobContext, JobOutcome, WorkJob } from './job-context.ts'
import type { Completion } from '../queue/queue-worker.ts'
import type { SliceLoopEnd } from './slice-loop.ts'
import type { OpenRun } from '../runs/open-run.ts'

/** A commit with its slice, and what its row has to say. */
interface Continued {
  readonly slice: Slice
  readonly commit: Commit
  readonly given?: SliceLoopEnd['given']
}

/** Attaches what follows and takes the foreach's next slice, if the parent still waits for this job. */
export async function continueRun(
  work: OpenRun,
  job: WorkJob,
  { slice, commit, given }: Continued,
  { awaited, token }: { readonly awaited: ParentWaits; readonly token: string },
  context: JobContext,
): Promise<JobOutcome> {
  const plan = successors(work.graph, slice, commit)
  const foreach = foreachJoinOf(work.graph, slice)
  const own = keyOf(work, job, context)
  if (!(await awaited.now())) return checkParent(work, job, context)
  const closed = joinOf(work.graph, job.slice)
  const next = foreach === undefined && closed === undefined ? onlyNext(plan) : undefined
  if (next !== undefined) {
    return attachNext(work, job, next, { key: own, token }, context)
  }
  try {
    await context.attacher.attach(work, plan, own)
    // A stop that came meanwhile has not seen those that wait for their time.
    const waits = plan.jobs.some((next) => next.kind === 'slice' && next.slice.notBefore !== undefined)
    if (waits && (await work.stopped(true)) !== undefined) await context.queues.wakeSleepers(work.flow, work.run)
    if (foreach !== undefined) {
      await context.attacher.handOut(
        work,
        foreach,
        own,
        given ?? { facts: bodyTimes(work.graph, slice, commit), attached: '' },
      )
    }
  } catch (error) {
    await lostParent(work, job, error, context)
    return 'done'
  }
  if (closed !== undefined) await context.queues.foreaches.close(work, closed.id)
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
  work: OpenRun,
  job: WorkJob,
  next: WorkJob,
  own: { readonly key: string; readonly token: string },
  context: JobContext,
): Promise<Completion> {
  const at = context.now()
  const { answered } = await context.queues.attachNext(work, own, next, at)
  // While Redis works, there is time for what comes after it.
  setImmediate(() => work.store.prepareCommit(next.slice.head, next.slice.key))
  const attaching = answered.then(
    (isAwaited) => {
      if (isAwaited) context.ownAttached.add(keyOf(work, next, context), at)
    },
    (error: unknown) => lostParent(work, job, error, context),
  )
  attaching.catch(() => {})
  return { attaching }
}

async function lostParent(work: OpenRun, job: WorkJob, error: unknown, context: JobContext): Promise<void> {
  if (!(error instanceof ParentGone)) throw error
  await checkParent(work, job, context)
}

/** Nobody waits for this job: somebody has moved on, or Redis has lost the run. */
async function checkParent(work: OpenRun, job: WorkJob, context: JobContext): Promise<JobOutcome> {
  if (!(await hasMovedOn(work, job))) await context.queues.order({ flow: work.flow, run: work.run, order: 'recover' })
  return 'done'
}

async function hasMovedOn(work: OpenRun, job: WorkJob): Promise<boolean> {
  const parent = parentAt(work.graph, work.placement, job)
  const join = enclosingJoin(work, job)
  if (join === undefined || parent.id !== join.id) return (await work.store.readEnd()) !== undefined
  return (await work.store.readCommit(join.slice.head, join.slice.key)) !== undefined
}

function enclosingJoin(work: OpenRun, { slice }: WorkJob): JoinJob | undefined {
  const { enclosing, foreachDepth } = structureOf(work.graph)
  const split = enclosing[slice.entry]?.at(-1)
  if (split === undefined) return undefined
  return joinJob(work.graph, split, pathOf(slice).slice(0, foreachDepth[split] as number))
}

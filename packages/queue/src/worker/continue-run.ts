import {
  bodyTimes,
  joinJob,
  structureOf,
  successors,
  type Commit,
  type JoinJob,
  type Plan,
  type Slice,
} from '@flowctl/core'
import { joinOf } from '@flowctl/engine'
import { foreachJoinOf } from '../runs/foreach-join.ts'
import { parentAt } from '../queue/placement.ts'
import { ParentGone } from '../queue/producer.ts'
import { keyOf, type IsAwaited } from './parent-waits.ts'
import type { Performance, Performed, WorkJob } from './job-context.ts'
import type { Completion } from '../queue/queue-worker.ts'
import type { RowEnd } from './slice-loop.ts'
import type { RunWork } from '../runs/open-run.ts'

/** A commit with its slice, and what its row has to say. */
interface Followed {
  readonly slice: Slice
  readonly commit: Commit
  readonly given?: RowEnd['given']
}

/** Attaches what follows and takes the foreach's next slice, if the parent still waits for this job. */
export async function follow(
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
  if (closed !== undefined) await to.shard.foreaches.close(work, closed.id)
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

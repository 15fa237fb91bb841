import {
  bodyOf,
  chainFrom,
  FINISH,
  firstFailure,
  frontier,
  NOTHING,
  planAround,
  restore,
  structureOf,
  taskId,
  type FirstFailure,
  type History,
  type Job,
  type JoinJob,
  type OpenForeach,
  type Plan,
  type SlicePlan,
} from '@flowctl/core'
import { batchAfter, recordStop, type Measured } from '@flowctl/engine'
import { treesOf, type JobTree } from '../queue/job-tree.ts'
import { readHistory } from './run-history.ts'
import { capacityOf, type SlotCount } from './foreach-capacity.ts'
import type { OpenRun } from './open-run.ts'
import { rangeJobs } from './attach.ts'
import type { JobQueues } from '../queue/job-queues.ts'

export interface EnqueueContext {
  readonly queues: JobQueues
  readonly slots: SlotCount
  readonly now: () => number
  readonly announce: (work: OpenRun, reason: 'failed' | 'cancelled') => Promise<void>
}

/**
 * Adds every job that must exist and does not, from what the datastore holds: the admission of a new run and the recovery of one
 * that Redis has lost in part or in whole. Harmless at any time, any number of times at once.
 */
export async function enqueueMissing(work: OpenRun, context: EnqueueContext): Promise<Enqueued> {
  return enqueue(work, context, async (history, jobs) => {
    jobs.push(FINISH)
    await collect(work, history, frontier(work.graph, history), jobs, context)
    return treesOf(jobs)
  })
}

/**
 * Adds what a join that woke too early still waits for, wherever in the run it is; if it closes a foreach, that is handed out anew from
 * what is not done.
 */
export async function enqueueBelow(work: OpenRun, join: JoinJob, context: EnqueueContext): Promise<Enqueued> {
  return enqueue(work, context, async (history, jobs) => {
    await collect(work, history, planAround(work.graph, history, join), jobs, context, join.id)
    const tree = findTree(treesOf(jobs), join.id)
    return tree === undefined ? [] : [tree]
  })
}

/** What happened in a run need not be read when nothing of it is to be done any more. */
const NO_HISTORY = { history: NOTHING, commits: [] } as const

type Enqueued = 'enqueued' | 'stopped' | 'ended'

async function enqueue(
  work: OpenRun,
  context: EnqueueContext,
  treesLeft: (history: History, jobs: Job[]) => Promise<readonly JobTree[]>,
): Promise<Enqueued> {
  const [end, stop] = await Promise.all([work.store.readEnd(), work.stopped(true)])
  const seen = { hasEnded: end !== undefined, isStopped: stop !== undefined }
  const isOver = seen.hasEnded || seen.isStopped
  const { history, commits } = isOver ? NO_HISTORY : await readHistory(work.store, work.graph, work.adopted)
  const restoration = restore({ ...seen, commits })
  switch (restoration.kind) {
    case 'nothing':
      return 'ended'
    case 'finish':
      await context.queues.attach(work, [{ job: FINISH, children: [] }], context.now())
      await context.queues.wakeSleepers(work.flow, work.run)
      return 'stopped'
    case 'stop':
      await stopRun(work, firstFailure(restoration.failed), context)
      return enqueue(work, context, treesLeft)
    case 'attach':
      await context.queues.attach(work, await treesLeft(history, []), context.now())
      await context.queues.progress(work.flow, work.run, context.now())
      return 'enqueued'
  }
}

/** Stops a run that no worker has stopped. What runs of it is not known here. */
export async function stopRun(
  work: OpenRun,
  failure: FirstFailure,
  { now, announce }: Pick<EnqueueContext, 'now' | 'announce'>,
): Promise<void> {
  await recordStop(work, { reason: 'failed', at: now(), failure }, () => 0)
  await announce(work, 'failed')
}

function findTree(trees: readonly JobTree[], id: string): JobTree | undefined {
  for (const tree of trees) {
    const found = tree.job.id === id ? tree : findTree(tree.children, id)
    if (found !== undefined) return found
  }
  return undefined
}

/** `anew`: the join of a foreach that is handed out anew. */
async function collect(
  work: OpenRun,
  history: History,
  plan: Plan,
  jobs: Job[],
  context: EnqueueContext,
  anew?: string,
): Promise<void> {
  for (const job of plan.jobs) jobs.push(job)
  for (const foreach of plan.foreaches) await collectForeach(work, history, foreach, jobs, context, anew)
}

/** A foreach begins with as many slices as may be outstanding; those of them that are running are there already. */
async function collectForeach(
  work: OpenRun,
  history: History,
  { join, count, cursor }: OpenForeach,
  jobs: Job[],
  context: EnqueueContext,
  anew: string | undefined,
): Promise<void> {
  const { step } = join.closes
  const foreach = { split: join.closes, path: join.slice.path, count }
  const { width } = capacityOf(work, step, context.slots)
  const batches: SlicePlan[] = [...cursor.batches]
  let next = 0
  jobs.push(join)
  for (let outstanding = 0; outstanding < width && next < count;) {
    const batch = batches.find((one) => one.from <= next && next < one.to)
    if (batch === undefined) {
      const measured = measuredBodies(work, history, foreach)
      const further = batchAfter(work.graph, step, { count, batches, width, measured })
      if (further === undefined) break
      batches.push(await work.batches.decide(join, batches.length, further))
      continue
    }
    const range = { from: next, to: Math.min(batch.to, next + batch.size) }
    next = range.to
    const before = jobs.length
    await collect(work, history, rangeJobs(work, history, foreach, range), jobs, context, anew)
    if (jobs.length > before) outstanding += 1
  }
  await context.queues.foreaches.open(work, join.id, { count, next, batches }, join.id === anew)
}

const SAMPLES = 100

/** What bodies took so far, by the first of them that are done. */
function measuredBodies(
  { graph }: OpenRun,
  history: History,
  foreach: { readonly split: { readonly step: string }; readonly path: readonly number[]; readonly count: number },
): Measured {
  const chain = structureOf(graph).chainOf[foreach.split.step] ?? chainFrom(graph, bodyOf(graph, foreach.split.step))
  let [busyMs, bodies] = [0, 0]
  for (let index = 0; index < foreach.count && bodies < SAMPLES; index += 1) {
    const task = taskId({ path: [...foreach.path, index], turn: 0 })
    const records = chain.map((step) => history.task(step, task))
    if (records.some((record) => record === undefined)) continue
    for (const record of records) busyMs += (record?.endedAt ?? 0) - (record?.startedAt ?? 0)
    bodies += 1
  }
  return { busyMs, bodies }
}

import {
  batchJobs,
  planAround,
  structureOf,
  successors,
  taskId,
  type Commit,
  type ForeachTask,
  type Job,
  type JoinJob,
} from '@flowctl/core'
import { attach, decide, familiesOf, findFamily, plant, type WaitingJob } from './planting.ts'
import { divide, execute } from './work.ts'
import type { Acting, World } from './world.ts'

/** A job that came back so often is divided before it is run again. */
const MOST_STALLS = 3

/** What a worker does with a job that it was given, or a coordinator with the run's end. */
export function* perform(world: World, job: Job, token: number): Acting {
  if (job.kind === 'finish') yield* finish(world, job, token)
  else yield* performSlice(world, job, token)
}

/** A coordinator looks after a run whose queue has lost something. */
export function* recover(world: World): Acting {
  const reasons = world.reasonsToRecover
  yield* plant(world)
  world.recovered = Math.max(world.recovered, reasons)
}

function* performSlice(world: World, job: WaitingJob, token: number): Acting {
  const { datastore, rules, claims, queue } = world
  const { slice } = job
  if (isStopped(world)) return complete(world, job, token)
  const standing = datastore.readCommit(slice.head, slice.key)
  if (rules.hearClaims && standing === undefined && claims.isHeard(slice, token)) return queue.again(job.id, token)
  claims.begins(token, slice)
  yield
  yield* performClaimed(world, job, token)
  claims.ends(token)
}

function* performClaimed(world: World, job: WaitingJob, token: number): Acting {
  const { datastore, rules } = world
  const { slice } = job
  let commit = rules.lookBeforeRunning ? datastore.readCommit(slice.head, slice.key) : undefined
  if (commit === undefined) {
    if (job.kind === 'join' && !(yield* hasInputs(world, job, token))) return
    commit = yield* run(world, job, token)
    if (commit === undefined) return complete(world, job, token)
    yield
  }
  if (commit.tasks.some((record) => record.outcome === 'failed')) {
    datastore.putStop('failed')
    yield
  }
  if (isStopped(world)) return complete(world, job, token)
  if (!rules.attachBeforeCompleting) {
    complete(world, job, token)
    yield
  }
  if (yield* follow(world, job, commit)) yield* takeNext(world, job)
  yield
  if (rules.attachBeforeCompleting) complete(world, job, token)
}

const isStopped = ({ rules, datastore }: World): boolean => rules.readStop && datastore.stop !== undefined

/** Runs a slice, and gives the commit that stands. */
function* run(world: World, job: WaitingJob, token: number): Acting<Commit | undefined> {
  const { datastore, graph, rules, watch, queue } = world
  const { slice } = job
  // Stop and commit are looked at once more as the work begins: waiting for inputs takes its time.
  if (rules.readStop && datastore.stop !== undefined) return undefined
  if (rules.lookBeforeRunning) {
    const standing = datastore.readCommit(slice.head, slice.key)
    if (standing !== undefined) return standing
  }
  const execution = `x${token}`
  const isDangerous = queue.stallsOf(job.id) >= MOST_STALLS
  if (!isDangerous) watch.starts(slice, token, world.claims.runners(slice, token))
  const draft = isDangerous ? divide(slice, execution) : execute(world, slice, execution)
  yield
  if (!rules.commitBeforeAttaching) {
    yield* attach(world, successors(graph, slice, draft), datastore.adoptedHistory())
    yield
  }
  return datastore.putCommit(draft)
}

/** Attaches what follows. False when that is for others to do. */
function* follow(world: World, job: WaitingJob, commit: Commit): Acting<boolean> {
  const { datastore, graph, rules, watch, queue } = world
  const lookedAt = watch.tick()
  if (rules.childCheckBeforeAttaching && rules.attachBeforeCompleting && !queue.isChild(job)) {
    if (!queue.has(job.parent)) askForRecovery(world, job)
    return false
  }
  yield
  const plan = successors(graph, job.slice, commit)
  if (plan.jobs.length + plan.foreaches.length > 0 && rules.attachBeforeCompleting) {
    watch.attaches(job, lookedAt, queue.isChild(job))
  }
  if ((yield* attach(world, plan, datastore.adoptedHistory())) === 'gone') {
    askForRecovery(world, job)
    return false
  }
  return true
}

/** The parent is gone. That is well when it has done its work. */
function askForRecovery(world: World, job: WaitingJob): void {
  if (world.datastore.end === undefined && !isParentDone(world, job)) world.reasonsToRecover += 1
}

function isParentDone({ graph, datastore }: World, { slice }: WaitingJob): boolean {
  const { enclosing, joinOf, foreachDepth } = structureOf(graph)
  const split = enclosing[slice.entry]?.at(-1)
  if (split === undefined) return false
  const path = [...slice.path, ...(slice.range === undefined ? [] : [slice.range.from])].slice(0, foreachDepth[split])
  return datastore.history().task(joinOf[split] as string, taskId({ path, turn: 0 })) !== undefined
}

/**
 * Hands out further slices of the foreach that a job was part of, until as many are outstanding as may be. It must be told so: what it
 * attached may by now be done, by others who counted it as outstanding.
 */
function* takeNext(world: World, job: WaitingJob): Acting {
  const { datastore, graph, rules } = world
  const history = datastore.adoptedHistory()
  const rule = { once: rules.takeOnce, check: rules.childCheckBeforeAttaching && rules.attachBeforeCompleting }
  for (let nth = 0; ;) {
    yield
    const cursor = world.queue.cursorOf(job.parent)
    if (cursor === undefined) return
    const foreach = foreachAround(world, job, cursor.count)
    const taken = world.queue.take(job.parent, job.id, nth, world.slots, rule)
    if (taken === 'low') {
      const batch = yield* decide(world, foreach.split, cursor)
      yield
      world.queue.extend(job.parent, cursor.batches.length, batch)
      continue
    }
    if (typeof taken === 'string') return
    nth += 1
    const plan = batchJobs(graph, history, foreach, taken)
    yield
    yield* attach(world, plan, history)
    if (!rules.askUntilFull && plan.jobs.length + plan.foreaches.length > 0) return
  }
}

function foreachAround({ graph }: World, { slice }: WaitingJob, count: number): ForeachTask {
  const { enclosing, foreachDepth } = structureOf(graph)
  const split = enclosing[slice.entry]?.at(-1) as string
  const path = slice.path.slice(0, foreachDepth[split])
  return { split: { step: split, task: taskId({ path, turn: 0 }) }, path, count }
}

/** Whether a join that woke up can run. Else it attaches what is missing and waits again. */
function* hasInputs(world: World, job: JoinJob, token: number): Acting<boolean> {
  const { datastore, graph, rules, watch } = world
  const history = datastore.history()
  if (datastore.hasFailure()) {
    datastore.putStop('failed')
    return true
  }
  const families = yield* familiesOf(world, planAround(graph, history, job), history, job.id)
  const mine = findFamily(families, job.id)
  if (mine !== undefined && mine.children.length === 0) return true
  if (mine !== undefined) watch.wokeEarly(job)
  if (!rules.replanWhenWokenEarly) return true
  yield
  if (mine !== undefined) world.queue.add(mine)
  yield
  waitAgain(world, job, token)
  return false
}

function* finish(world: World, job: Job, token: number): Acting {
  const { datastore, graph, rules, watch } = world
  if (datastore.end === undefined) {
    const isDone = datastore.history().task(graph.end, '0')?.taken !== undefined
    if (datastore.stop === undefined && !isDone) {
      watch.wokeEarly(job)
      if (rules.replanWhenWokenEarly) {
        yield* plant(world)
        yield
        return waitAgain(world, job, token)
      }
    }
    yield
    datastore.putEnd(datastore.stop ?? 'succeeded')
    watch.ends()
    yield
  }
  complete(world, job, token)
}

function complete({ queue, watch }: World, job: Job, token: number): void {
  if (queue.complete(job, token) === 'completed') watch.completes(job)
}

/** When there is nothing to wait for by now, the job comes again. */
function waitAgain({ queue }: World, job: Job, token: number): void {
  if (!queue.waitAgain(job.id, token)) queue.again(job.id, token)
}

import {
  advance,
  batchJobs,
  endOf,
  joinAround,
  successors,
  taskId,
  wake,
  type Commit,
  type Done,
  type Job,
  type JoinJob,
  type Plan,
  type WorkJob,
} from '@flowctl/core'
import { attach, decide, familyOf, plant, plantJoin } from './planting.ts'
import { divide, execute } from './work.ts'
import type { Acting, World } from './world.ts'

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

function* performSlice(world: World, job: WorkJob, token: number): Acting {
  const { datastore, rules, claims, queue } = world
  const { slice } = job
  if (isStopped(world)) return yield* carryOut(world, job, token, undefined)
  const standing = datastore.readCommit(slice.head, slice.key)
  if (rules.hearClaims && standing === undefined && claims.isHeard(slice, token)) return queue.again(job.id, token)
  claims.begins(token, slice)
  yield
  yield* performClaimed(world, job, token)
  claims.ends(token)
}

function* performClaimed(world: World, job: WorkJob, token: number): Acting {
  const { datastore, rules, queue } = world
  const { slice } = job
  const commit = rules.lookBeforeRunning ? datastore.readCommit(slice.head, slice.key) : undefined
  const hasInputs = job.kind === 'slice' || commit !== undefined || (yield* isJoinReady(world, job))
  const waking = wake(job, { isStopped: isStopped(world), commit, hasInputs, lost: queue.stallsOf(job.id) })
  if (waking === 'wait' && rules.replanWhenWokenEarly) {
    yield* plantJoin(world, job as JoinJob)
    yield
    return waitAgain(world, job, token)
  }
  let standing = commit
  if (standing === undefined && waking !== 'leave') {
    standing = yield* run(world, job, token, waking === 'divide')
    if (standing !== undefined) yield
  }
  yield* carryOut(world, job, token, standing === undefined ? undefined : { slice, commit: standing })
}

const isStopped = ({ rules, datastore }: World): boolean => rules.readStop && datastore.stop !== undefined

/** Does what follows from a job, as the engines do. */
function* carryOut(world: World, job: WorkJob, token: number, done: Done | undefined): Acting {
  const { datastore, graph, rules, queue } = world
  const commands = advance({ graph, isStopped: isStopped(world) }, job, done)
  const completing = commands.filter(({ kind }) => kind === 'complete')
  const others = commands.filter(({ kind }) => kind !== 'complete')
  let isAwaited = true
  for (const command of rules.attachBeforeCompleting ? commands : [...completing, ...others]) {
    switch (command.kind) {
      case 'stop':
        datastore.putStop('failed')
        yield
        break
      case 'attach':
        isAwaited = yield* attachAwaited(world, job, command.plan)
        break
      case 'continue':
        isAwaited = yield* attachAwaited(world, job, { jobs: [command.next], foreaches: [] })
        break
      case 'handOut':
        if (isAwaited) yield* takeNext(world, job, command.join)
        break
      case 'closeForeach':
        if (isAwaited) queue.close(command.join.id)
        break
      case 'complete':
        if (done !== undefined) yield
        complete(world, job, token)
    }
  }
}

/** Runs a slice, or divides it, and gives the commit that stands. */
function* run(world: World, job: WorkJob, token: number, isDangerous: boolean): Acting<Commit | undefined> {
  const { datastore, graph, rules, watch } = world
  const { slice } = job
  // Stop and commit are looked at once more as the work begins: waiting for inputs takes its time.
  if (rules.readStop && datastore.stop !== undefined) return undefined
  if (rules.lookBeforeRunning) {
    const standing = datastore.readCommit(slice.head, slice.key)
    if (standing !== undefined) return standing
  }
  const execution = `x${token}`
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
function* attachAwaited(world: World, job: WorkJob, plan: Plan): Acting<boolean> {
  const { datastore, rules, watch, queue } = world
  const lookedAt = watch.tick()
  if (rules.childCheckBeforeAttaching && rules.attachBeforeCompleting && !queue.isChild(job)) {
    if (!queue.has(job.parent)) askForRecovery(world, job)
    return false
  }
  yield
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
function askForRecovery(world: World, { slice }: WorkJob): void {
  const { graph, datastore } = world
  const parent = joinAround(graph, slice)?.slice
  const isDone = parent !== undefined && datastore.history().task(parent.entry, taskId(parent)) !== undefined
  if (datastore.end === undefined && !isDone) world.reasonsToRecover += 1
}

/**
 * Hands out further slices of the foreach that a job was part of, until as many are outstanding as may be. It must be told so: what it
 * attached may by now be done, by others who counted it as outstanding.
 */
function* takeNext(world: World, job: WorkJob, join: JoinJob): Acting {
  const { datastore, graph, rules } = world
  const history = datastore.adoptedHistory()
  const rule = { once: rules.takeOnce, check: rules.childCheckBeforeAttaching && rules.attachBeforeCompleting }
  for (let nth = 0; ;) {
    yield
    const cursor = world.queue.cursorOf(join.id)
    if (cursor === undefined) return
    const foreach = { split: join.closes, path: join.slice.path, count: cursor.count }
    const taken = world.queue.take(join.id, job.id, nth, world.slots, rule)
    if (taken === 'low') {
      const batch = yield* decide(world, foreach.split, cursor)
      yield
      world.queue.extend(join.id, cursor.batches.length, batch)
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

/** Whether all that a join expects is there. */
function* isJoinReady(world: World, job: JoinJob): Acting<boolean> {
  if (world.datastore.hasFailure()) return false
  const mine = yield* familyOf(world, job)
  if (mine !== undefined && mine.children.length > 0) world.watch.wokeEarly(job)
  return mine?.children.length === 0
}

function* finish(world: World, job: Job, token: number): Acting {
  const { datastore, graph, rules, watch } = world
  if (datastore.end === undefined) {
    const stop = datastore.stop === undefined ? undefined : { reason: datastore.stop }
    const ending = endOf(stop, datastore.history().task(graph.end, '0')?.taken !== undefined)
    if (ending === undefined) {
      watch.wokeEarly(job)
      if (rules.replanWhenWokenEarly) {
        yield* plant(world)
        yield
        return waitAgain(world, job, token)
      }
    }
    yield
    datastore.putEnd(ending?.status ?? 'succeeded')
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

import {
  batchJobs,
  FINISH,
  frontier,
  planAround,
  restore,
  type History,
  type JoinJob,
  type OpenForeach,
  type Plan,
  type SlicePlan,
} from '@flowctl/core'
import { nextRange, planBatch, type Cursor, type Family } from './queue.ts'
import type { Acting, World } from './world.ts'

interface Growing extends Family {
  readonly children: Family[]
}

/** Jobs as families, each of which can be added at once. `reset`: the join of a foreach that is handed out anew. */
function* familiesOf(world: World, plan: Plan, history: History, reset?: string): Acting<Family[]> {
  const nodes = new Map<string, Growing>()
  for (const job of plan.jobs) nodes.set(job.id, { job, children: [] })
  for (const open of plan.foreaches) nodes.set(open.join.id, yield* openForeach(world, open, history, reset))
  const tops: Family[] = []
  for (const node of nodes.values()) {
    world.watch.handsOut(node.job)
    const parent = node.job.kind === 'finish' ? undefined : nodes.get(node.job.parent)
    if (parent === undefined) tops.push(node)
    else parent.children.push(node)
  }
  return tops
}

/** A join with as many slices as may be outstanding. One that is open already hands out by itself. */
function* openForeach(world: World, open: OpenForeach, history: History, reset?: string): Acting<Growing> {
  const { join, count, cursor: planned } = open
  const isReset = join.id === reset
  let cursor: Cursor = { count, packed: planned.packed, batches: planned.batches, next: 0 }
  const children: Family[] = []
  const foreach = { split: join.closes, path: join.slice.path, count }
  while (children.length < world.slots) {
    if (!isReset && world.queue.isOpen(join.id)) break
    const range = nextRange(cursor)
    if (range === 'done') break
    if (range === 'low') {
      const batch = yield* decide(world, join.closes, cursor)
      cursor = { ...cursor, batches: [...cursor.batches, batch] }
      continue
    }
    cursor = { ...cursor, next: range.to }
    children.push(...(yield* familiesOf(world, batchJobs(world.graph, history, foreach, range), history, reset)))
  }
  return { job: join, children, foreach: cursor, reset: isReset }
}

/** What may be measured, in milliseconds. */
const BODIES_MS = [1, 50, 200, 400, 2000]

/** The next batch of a foreach, decided before any of it is handed out. */
export function* decide(world: World, split: { step: string; task: string }, cursor: Cursor): Acting<SlicePlan> {
  const batch = planBatch(cursor, world.slots, BODIES_MS[world.chances.next(BODIES_MS.length)])
  if (batch === undefined) throw new Error('low, but all is planned')
  yield
  return world.datastore.putPlan(split.step, split.task, cursor.batches.length, batch)
}

/** Adds whatever the datastore says must exist. A run is admitted, and recovered, in this way. */
export function* plant(world: World): Acting {
  const { datastore, graph } = world
  const history = datastore.history()
  if (!(yield* mayAttach(world))) {
    if (datastore.end === undefined && !world.queue.has(FINISH.id)) world.queue.add({ job: FINISH, children: [] })
    return
  }
  const families = yield* familiesOf(world, frontier(graph, history), history)
  if (!world.queue.has(FINISH.id)) {
    world.queue.add({ job: FINISH, children: families })
    return
  }
  for (const family of families) {
    world.queue.add(family)
    yield
  }
}

/** Adds what a join that woke too early still waits for. */
export function* plantJoin(world: World, join: JoinJob): Acting {
  if (!(yield* mayAttach(world))) return
  const family = yield* familyOf(world, join)
  yield
  if (family !== undefined) world.queue.add(family)
}

/** A join with what is left to do below it. `undefined`: it is done itself, or cannot be. */
export function* familyOf(world: World, join: JoinJob): Acting<Family | undefined> {
  const history = world.datastore.history()
  return findFamily(yield* familiesOf(world, planAround(world.graph, history, join), history, join.id), join.id)
}

function* mayAttach({ datastore, rules }: World): Acting<boolean> {
  const { kind } = restore({
    hasEnded: datastore.end !== undefined,
    isStopped: datastore.stop !== undefined,
    commits: datastore.commits(),
  })
  yield
  if (kind === 'stop' && rules.stopWhenRecovered) datastore.putStop('failed')
  yield
  return kind !== 'nothing' && datastore.stop === undefined
}

function findFamily(families: readonly Family[], id: string): Family | undefined {
  for (const family of families) {
    const found = family.job.id === id ? family : findFamily(family.children, id)
    if (found !== undefined) return found
  }
  return undefined
}

/** What is to follow a job, below the job's parent. */
export function* attach(world: World, plan: Plan, history: History): Acting<'attached' | 'gone'> {
  for (const family of yield* familiesOf(world, plan, history)) {
    if (world.queue.add(family) === 'gone') return 'gone'
    yield
  }
  return 'attached'
}

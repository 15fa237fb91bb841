import type { FlowGraph } from '../graph/model.ts'
import { structureOf } from '../graph/structure.ts'
import { taskId } from '../ids/task-id.ts'
import type { Commit, SlicePlan, TaskRecord } from '../records/commit.ts'
import { ForeachCursor, type Plan } from './foreach-cursor.ts'
import { NOTHING, type History } from './history.ts'
import { continuationSlice, joinJob, sliceJob, taskSlice, type JoinJob, type Slice, type TaskRef } from './job.ts'
import type { ForeachTask } from './planned-slices.ts'

/** What is to be done from some place on: the plan, and whether all of it is behind us. */
interface Walk extends Plan {
  /** The path reached its parent: the join of the innermost split, or the end of the run. */
  readonly arrived: boolean
}

const ARRIVED: Walk = { jobs: [], foreaches: [], arrived: true }
/** Something failed for good on the way; nothing follows. */
const BLOCKED: Walk = { jobs: [], foreaches: [], arrived: false }

/**
 * Which jobs must exist, given what has happened (I3). Of no history: the start. The run's `finish` is not among them: it is
 * the parent of what has no other.
 */
export function frontier(graph: FlowGraph, history: History = NOTHING): Plan {
  return walk(graph, history, graph.start, { path: [], turn: 0 }, undefined)
}

/**
 * What follows once a slice's commit stands: the same rules, applied to what the commit holds. Tasks that reached the join
 * or the end, or failed for good, add nothing.
 */
export function successors(graph: FlowGraph, slice: Slice, commit: Commit): Plan {
  const parts: Plan[] = commit.continuations.map((_, n) => ({
    jobs: [sliceJob(graph, continuationSlice(graph, slice, commit, n))],
    foreaches: [],
  }))
  const opening: History = { ...NOTHING, batches: () => (commit.plan === undefined ? [] : [commit.plan]) }
  for (const record of commit.tasks) {
    if (record.taken === undefined || isInsideChain(graph, record)) continue
    const next = afterTask(graph, opening, record, positionOf(graph, record))
    if (!next.arrived) parts.push(next)
  }
  return merge(parts)
}

/** What is left of the indices of one batch, or of a part of it that ends where slices end. Empty when all of it is done. */
export function batchJobs(graph: FlowGraph, history: History, foreach: ForeachTask, batch: SlicePlan): Plan {
  const cursor = cursorOf(graph, history, foreach, [batch])
  const groups: Plan[] = []
  for (let group = cursor.next(); typeof group === 'object'; group = cursor.next()) groups.push(group)
  return merge(groups)
}

/** The jobs of one branch, or of one index of a foreach body. */
function walk(
  graph: FlowGraph,
  history: History,
  step: string,
  position: { readonly path: readonly number[]; readonly turn: number },
  after: TaskRef | undefined,
): Walk {
  const record = history.task(step, taskId(position))
  if (record !== undefined) return record.taken === undefined ? BLOCKED : afterTask(graph, history, record, position)
  return pending(graph, history, taskSlice(graph, step, position, after))
}

/** What is left of a slice: itself when it has no commit, else what its continuations leave. */
function pending(graph: FlowGraph, history: History, slice: Slice): Walk {
  const commit = history.commit(slice.head, slice.key)
  if (commit === undefined) return { jobs: [sliceJob(graph, slice)], foreaches: [], arrived: false }
  const rest = commit.continuations.map((_, n) => pending(graph, history, continuationSlice(graph, slice, commit, n)))
  const failed = commit.tasks.some((record) => record.taken === undefined)
  return { ...merge(rest), arrived: !failed && rest.every((part) => part.arrived) }
}

function afterTask(
  graph: FlowGraph,
  history: History,
  record: TaskRecord,
  position: { readonly path: readonly number[]; readonly turn: number },
): Walk {
  const here: TaskRef = { step: record.step, task: record.task }
  const taken = record.taken
  switch (taken?.kind) {
    case undefined:
      return BLOCKED
    case 'end':
      return ARRIVED
    case 'linear':
    case 'switch': {
      if (graph.steps[taken.to]?.join === true) return ARRIVED
      const turn = taken.to === record.step ? position.turn + 1 : 0
      return walk(graph, history, taken.to, { path: position.path, turn }, here)
    }
    case 'split': {
      const join = joinJob(graph, record.step, position.path)
      if (isDone(history, join)) return afterJoin(graph, history, join)
      const branches = taken.to.map((branch) => walk(graph, history, branch, { path: position.path, turn: 0 }, here))
      const below = merge(branches)
      return closing(graph, history, join, { jobs: [join, ...below.jobs], foreaches: below.foreaches })
    }
    case 'foreach': {
      const join = joinJob(graph, record.step, position.path)
      if (isDone(history, join)) return afterJoin(graph, history, join)
      const foreach = { split: here, path: position.path, count: taken.count }
      const cursor = cursorOf(graph, history, foreach, history.batches(here.step, here.task))
      return closing(graph, history, join, { jobs: [], foreaches: [{ join, count: taken.count, cursor }] })
    }
  }
}

function cursorOf(
  graph: FlowGraph,
  history: History,
  foreach: ForeachTask,
  batches: readonly SlicePlan[],
): ForeachCursor {
  return new ForeachCursor(graph, history, foreach, batches, {
    slice: (slice) => pending(graph, history, slice),
    task: (step, path, after) => walk(graph, history, step, { path, turn: 0 }, after),
  })
}

/** An open split: its join waits, above all that is under it. A join that is being retried waits for nothing any more. */
function closing(graph: FlowGraph, history: History, join: JoinJob, open: Plan): Walk {
  const tried = history.commit(join.slice.head, join.slice.key) !== undefined
  return tried ? pending(graph, history, join.slice) : { ...open, arrived: false }
}

function isDone(history: History, join: JoinJob): boolean {
  return history.task(join.slice.entry, taskId(join.slice)) !== undefined
}

function afterJoin(graph: FlowGraph, history: History, join: JoinJob): Walk {
  return walk(graph, history, join.slice.entry, { path: join.slice.path, turn: 0 }, undefined)
}

/** A task whose successor runs in the same slice, or in a continuation of it. */
function isInsideChain(graph: FlowGraph, record: TaskRecord): boolean {
  const taken = record.taken
  if (taken?.kind !== 'linear' || taken.to === record.step) return false
  const { headOf } = structureOf(graph)
  return headOf[record.step] === headOf[taken.to]
}

/** The position of a task that has a record: its id is known to be right. */
function positionOf(graph: FlowGraph, record: TaskRecord): { path: readonly number[]; turn: number } {
  const [indices = '0', turn] = record.task.split('~')
  const depth = structureOf(graph).foreachDepth[record.step] as number
  return { path: depth === 0 ? [] : indices.split('.').map(Number), turn: turn === undefined ? 0 : Number(turn) }
}

function merge(parts: readonly Plan[]): Plan {
  if (parts.length === 1) return { jobs: parts[0]!.jobs, foreaches: parts[0]!.foreaches }
  return { jobs: parts.flatMap((part) => part.jobs), foreaches: parts.flatMap((part) => part.foreaches) }
}

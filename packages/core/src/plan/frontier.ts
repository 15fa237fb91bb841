import type { FlowGraph } from '../graph/model.ts'
import { structureOf } from '../graph/structure.ts'
import { taskId, type TaskPosition } from '../ids/task-id.ts'
import type { Commit, SlicePlan, TakenTransition, TaskRecord } from '../records/commit.ts'
import { ForeachCursor, type OpenForeach, type Plan } from './foreach-cursor.ts'
import { NOTHING, type History } from './history.ts'
import {
  continuationSlice,
  joinJob,
  sliceJob,
  taskSlice,
  type Job,
  type JoinJob,
  type Slice,
  type TaskRef,
} from './job.ts'
import type { ForeachTask } from './planned-slices.ts'

/**
 * Which jobs must exist, given what has happened (I3). Of no history: the start. The run's `finish` is not among them: it is
 * the parent of what has no other.
 */
export function frontier(graph: FlowGraph, history: History = NOTHING): Plan {
  return new Walk(graph, history).fromTask(graph.start, { path: [], turn: 0 }).toEnd()
}

/**
 * What follows once a slice's commit stands: the same rules, applied to what the commit holds. Tasks that reached the join
 * or the end, or failed for good, add nothing.
 */
export function successors(graph: FlowGraph, slice: Slice, commit: Commit): Plan {
  const opening: History = { ...NOTHING, batches: () => (commit.plan === undefined ? [] : [commit.plan]) }
  const walk = new Walk(graph, opening)
  for (const n of commit.continuations.keys()) walk.fromSlice(continuationSlice(graph, slice, commit, n)).toEnd()
  for (const record of commit.tasks) {
    if (record.taken === undefined || isInsideChain(graph, record)) continue
    walk.afterTask(record, record.taken).toEnd()
  }
  return walk.toEnd()
}

/** What is left of the indices of one batch, or of a part of it that ends where slices end. Empty when all of it is done. */
export function batchJobs(graph: FlowGraph, history: History, foreach: ForeachTask, batch: SlicePlan): Plan {
  const cursor = cursorOf(graph, history, foreach, [batch])
  const groups: Plan[] = []
  for (let group = cursor.next(); typeof group === 'object'; group = cursor.next()) groups.push(group)
  if (groups.length === 1) return groups[0] as Plan
  return { jobs: groups.flatMap(({ jobs }) => jobs), foreaches: groups.flatMap(({ foreaches }) => foreaches) }
}

/** A place in a run from which on it is not known yet what is left to do. */
type Place =
  | { readonly slice: Slice }
  | { readonly step: string; readonly position: TaskPosition; readonly after: TaskRef | undefined }

/**
 * The way through a history from some place on: it collects the jobs at which the history ends. The places that are still to be
 * looked at are a list, not calls inside calls, for a loop may have any number of turns.
 */
class Walk {
  readonly #jobs: Job[] = []
  readonly #foreaches: OpenForeach[] = []
  readonly #graph: FlowGraph
  readonly #history: History
  /** The next one is the last. */
  readonly #places: Place[] = []

  constructor(graph: FlowGraph, history: History) {
    this.#graph = graph
    this.#history = history
  }

  fromTask(step: string, position: TaskPosition, after?: TaskRef): this {
    this.#places.push({ step, position, after })
    return this
  }

  fromSlice(slice: Slice): this {
    this.#places.push({ slice })
    return this
  }

  /** From what follows a task that has ended. */
  afterTask(record: TaskRecord, taken: TakenTransition): this {
    // Most tasks of a wide foreach end at its join.
    if (taken.kind === 'end' || ('to' in taken && this.#isJoin(taken.to))) return this
    return this.#follow(record, taken, positionOf(this.#graph, record))
  }

  /** All that was found, from every place. */
  toEnd(): Plan {
    for (let place = this.#places.pop(); place !== undefined; place = this.#places.pop()) {
      if ('slice' in place) this.#visitSlice(place.slice)
      else this.#visitTask(place.step, place.position, place.after)
    }
    return { jobs: this.#jobs, foreaches: this.#foreaches }
  }

  #visitTask(step: string, position: TaskPosition, after: TaskRef | undefined): void {
    const record = this.#history.task(step, taskId(position))
    if (record === undefined) return this.#visitSlice(taskSlice(this.#graph, step, position, after))
    // Nothing follows what failed for good.
    if (record.taken !== undefined) this.#follow(record, record.taken, position)
  }

  /** What is left of a slice: itself when it has no commit, else what its continuations leave. */
  #visitSlice(slice: Slice): void {
    const commit = this.#history.commit(slice.head, slice.key)
    if (commit === undefined) {
      this.#jobs.push(sliceJob(this.#graph, slice))
      return
    }
    for (let n = commit.continuations.length - 1; n >= 0; n -= 1)
      this.fromSlice(continuationSlice(this.#graph, slice, commit, n))
  }

  #follow({ step, task }: TaskRecord, taken: TakenTransition, { path, turn }: TaskPosition): this {
    const here: TaskRef = { step, task }
    switch (taken.kind) {
      case 'end':
        return this
      case 'linear':
      case 'switch':
        if (this.#isJoin(taken.to)) return this
        return this.fromTask(taken.to, { path, turn: taken.to === step ? turn + 1 : 0 }, here)
      case 'split': {
        const join = joinJob(this.#graph, step, path)
        if (this.#isPassed(join)) return this
        this.#jobs.push(join)
        for (const branch of taken.to.toReversed()) this.fromTask(branch, { path, turn: 0 }, here)
        return this
      }
      case 'foreach': {
        const join = joinJob(this.#graph, step, path)
        if (this.#isPassed(join)) return this
        const foreach = { split: here, path, count: taken.count }
        const cursor = cursorOf(this.#graph, this.#history, foreach, this.#history.batches(step, task))
        this.#foreaches.push({ join, count: taken.count, cursor })
        return this
      }
    }
  }

  /** Whether a join has begun: then nothing of its split is left, and the way goes on with it, or with what is left of it when it is retried. */
  #isPassed({ slice }: JoinJob): boolean {
    const { entry, path, head, key } = slice
    if (this.#history.task(entry, taskId(slice)) !== undefined) this.fromTask(entry, { path, turn: 0 })
    else if (this.#history.commit(head, key) !== undefined) this.fromSlice(slice)
    else return false
    return true
  }

  #isJoin(to: string | readonly string[]): boolean {
    return typeof to === 'string' && this.#graph.steps[to]?.join === true
  }
}

function cursorOf(
  graph: FlowGraph,
  history: History,
  foreach: ForeachTask,
  batches: readonly SlicePlan[],
): ForeachCursor {
  return new ForeachCursor(graph, history, foreach, batches, {
    slice: (slice) => new Walk(graph, history).fromSlice(slice).toEnd(),
    task: (step, path, after) => new Walk(graph, history).fromTask(step, { path, turn: 0 }, after).toEnd(),
  })
}

/** A task whose successor runs in the same slice, or in a continuation of it. */
function isInsideChain(graph: FlowGraph, record: TaskRecord): boolean {
  const taken = record.taken
  if (taken?.kind !== 'linear' || taken.to === record.step) return false
  const { headOf } = structureOf(graph)
  return headOf[record.step] === headOf[taken.to]
}

/** The position of a task that has a record: its id is known to be right. */
function positionOf(graph: FlowGraph, record: TaskRecord): TaskPosition {
  const [indices = '0', turn] = record.task.split('~')
  const depth = structureOf(graph).foreachDepth[record.step] as number
  return { path: depth === 0 ? [] : indices.split('.').map(Number), turn: turn === undefined ? 0 : Number(turn) }
}

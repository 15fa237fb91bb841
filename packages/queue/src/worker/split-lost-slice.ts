import {
  continuationKey,
  endedBy,
  flowError,
  pathOf,
  taskId,
  type ArtifactRef,
  type Commit,
  type FlowGraph,
  type Slice,
  type TaskError,
} from '@flowctl/core'
import { attemptThatDied, commitOf, type CommitContext, TaskLogs } from '@flowctl/engine'

export interface LostDeliveries {
  /** How many times a worker took the slice and was not heard of again. */
  readonly lost: number
  readonly now: number
  readonly host: string
  /** Nonce. */
  readonly execution: string
  /** What the slice starts from, and its error as an artifact: a step that catches its errors goes on with them. */
  readonly carried: CommitContext['carried']
  readonly caught: ArtifactRef | undefined
}

/** How a task ends that its workers did not survive. */
export function lostError(step: string, times: number): TaskError {
  return endedBy('signal', flowError('TASK_WORKERS_LOST', { step, times }))
}

/** The commit of a slice that several workers did not survive: the halves of a range run apart, and a single task has crashed. Pure. */
export function splitCommit(graph: FlowGraph, slice: Slice, given: LostDeliveries): Commit {
  const { lost, now, host, execution, carried, caught } = given
  const { range, entry, attempt, head, key } = slice
  if (range !== undefined && range.to - range.from > 1) {
    const middle = Math.floor((range.from + range.to) / 2)
    const halves = [
      { from: range.from, to: middle },
      { from: middle, to: range.to },
    ]
    const continuations = halves.map((half, n) => ({
      key: continuationKey(key, n),
      step: entry,
      ...half,
      attempt,
      reason: 'crash' as const,
    }))
    return { format: 1, head, key, execution, host, tasks: [], attempts: [], continuations }
  }
  const task = taskId({ path: pathOf(slice), turn: slice.turn })
  const started = { type: 'started', step: entry, task, attempt, at: now } as const
  const error = lostError(entry, lost)
  const suspects = [attemptThatDied(graph, started, error, now)]
  const result = {
    pid: 0,
    answers: [],
    logs: new TaskLogs(0),
    reusable: false,
    death: { error, suspects, cancelled: false },
  }
  const commit = commitOf(slice, result, {
    graph,
    execution,
    host,
    carried,
    caught: () => caught as ArtifactRef,
    logOf: () => undefined,
    firstBatch: () => undefined,
    handBack: 'drain',
  })
  // Only a slice that was cancelled has none.
  return commit as Commit
}

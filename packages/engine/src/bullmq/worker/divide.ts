import {
  continuationKey,
  flowError,
  taskId,
  type Commit,
  type FlowGraph,
  type Slice,
  type TaskError,
} from '@flowctl/core'
import { commitOf } from '../../execute/commit-slice.ts'
import { TaskLogs } from '../../execute/task-logs.ts'

export interface LostDeliveries {
  /** How many times a worker took the slice and was not heard of again. */
  readonly lost: number
  readonly now: number
  readonly host: string
  /** Nonce. */
  readonly execution: string
}

/**
 * The commit of a slice that several workers did not survive: halves of a range run apart, and a single task has crashed. Pure.
 * `undefined` for a step that catches its errors: what it goes on with must be stored, which only running it does.
 */
export function dividedCommit(graph: FlowGraph, slice: Slice, given: LostDeliveries): Commit | undefined {
  const { lost, now, host, execution } = given
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
  if (graph.steps[entry]?.decorators.catchError !== undefined) return undefined
  const path = range === undefined ? slice.path : [...slice.path, range.from]
  const suspect = { type: 'started', step: entry, task: taskId({ path, turn: slice.turn }), attempt, at: now } as const
  const { name, message, code, fix } = flowError('TASK_WORKERS_LOST', { step: entry, times: lost })
  const error: TaskError = { kind: 'signal', name, message, code, fix }
  const result = {
    pid: 0,
    answers: [],
    logs: new TaskLogs(0),
    reusable: false,
    death: { error, suspect, cancelled: false },
  }
  return commitOf(slice, result, {
    graph,
    execution,
    host,
    now,
    carried: { artifacts: {} },
    caught: () => {
      throw new Error('a caught error is not stored here')
    },
    logOf: () => undefined,
    firstBatch: () => undefined,
    handBack: 'drain',
  })
}

import fc from 'fast-check'
import type { Commit, FlowGraph, Slice, StepDecorators, TaskError } from '@flowctl/core'
import { commitOf } from '../../src/execute/commit-slice.ts'
import type { ExecutionResult } from '../../src/execute/execution.ts'
import { chainGraph } from '../graphs.ts'

/** The body of `chainGraph`. */
export const CHAIN = ['a', 'b', 'c'] as const

export const thrown: TaskError = { kind: 'exception', name: 'Error', message: 'no' }

/** A slice of that body, and what an execution of it reported. */
export interface SliceCase {
  readonly graph: FlowGraph
  readonly slice: Slice
  readonly result: ExecutionResult
}

/** That graph with any retries and catches. `every`: decorators that all three steps have besides. */
export function chains(every: StepDecorators = {}): fc.Arbitrary<FlowGraph> {
  const decorators: fc.Arbitrary<StepDecorators> = fc
    .record({ times: fc.option(fc.nat({ max: 2 })), caught: fc.boolean() })
    .map(({ times, caught }) => ({
      ...every,
      ...(times === null ? {} : { retry: { times, minutesBetweenRetries: 1, backoff: 2 } }),
      ...(caught ? { catchError: { var: 'e' } } : {}),
    }))
  return fc.record({ a: decorators, b: decorators, c: decorators }).map(chainGraph)
}

export function commitFor({ graph, slice, result }: SliceCase): Commit | undefined {
  return commitOf(slice, result, {
    graph,
    execution: 'x',
    host: 'h',
    carried: { artifacts: {} },
    caught: () => ({ hash: 'h', size: 1, type: 't', preview: '' }),
    logOf: () => undefined,
    firstBatch: () => undefined,
    handBack: 'time',
  })
}

/** Whether a commit alone says how an index ended: at the end of its chain, or in a failure for good. */
export function isSettled(commit: Commit, index: number): boolean {
  const tasks = commit.tasks.filter((one) => one.task === String(index))
  return tasks.some((one) => one.outcome === 'failed' || one.step === CHAIN.at(-1))
}

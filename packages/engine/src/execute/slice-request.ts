import { bodiesAtOnce, chainFrom, SLICE_TARGET_MS, type FlowGraph, type Slice, type SlicePlan } from '@flowctl/core'
import type { ForeachSource, SliceInput, SliceRequest } from '@flowctl/runtime'
import type { ExecutionResult } from './execution.ts'

/** A slice that is to be executed, and what it starts from. */
export interface SliceWork {
  readonly slice: Slice
  readonly input: SliceInput
  readonly foreaches: readonly ForeachSource[]
  readonly firstBatch: (split: string, count: number) => SlicePlan | undefined
  /** Asked when a process is ready for it. `undefined`: it may start, and need not be waited for. @default it may */
  readonly mayStart?: () => Promise<boolean> | undefined
  /** Told what came of the slice before that is committed. If it went well, the process is free again. */
  readonly executed?: (result: ExecutionResult) => void
}

/** How a task process is asked to execute a slice. */
export function sliceRequest(graph: FlowGraph, { slice, input, foreaches }: SliceWork): SliceRequest {
  const { head, entry, path, turn, attempt, range } = slice
  const chain = range === undefined ? [entry] : chainFrom(graph, head)
  const limited = chain.some((step) => graph.steps[step]?.decorators.timeout !== undefined)
  const single = range === undefined || range.to - range.from === 1
  return {
    type: 'slice',
    head,
    chain,
    entry,
    path,
    turn,
    attempt,
    foreaches,
    input,
    // Of tasks that run at once only those are suspected that were under way.
    cautious: single || limited || slice.reason === 'crash' || bodiesAtOnce(graph, head) > 1,
    ...(range === undefined ? {} : { range, targetMs: SLICE_TARGET_MS }),
  }
}

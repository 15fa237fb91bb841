import { isFlowctlError, toTaskError, type FirstFailure, type FlowGraph } from '@flowctl/core'

/** Errors of the table that the next try meets again: what is recorded does not get better. */
const LASTING = new Set(['RECORD_CORRUPT', 'RECORD_NEWER'])

/**
 * Whether what threw while a run was admitted, recovered or finished is worth another try. Everything that Redis, the network or the datastore may
 * get over is. Not so are mistakes of code, which it makes again with the same input, and records that cannot be read.
 */
export function canBeTriedAgain(error: unknown): boolean {
  if (isFlowctlError(error)) return !LASTING.has(error.code)
  // Errors of the system and of clients of servers bear a code, whatever their class.
  if (typeof (error as { readonly code?: unknown } | null)?.code === 'string') return true
  return !(
    error instanceof RangeError ||
    error instanceof TypeError ||
    error instanceof SyntaxError ||
    error instanceof ReferenceError
  )
}

/** Why a run stops that cannot be planned: no task is to blame, so its first one is named. */
export function planningFailure({ start }: FlowGraph, error: unknown): FirstFailure {
  return { step: start, task: '0', attempt: 0, error: toTaskError(error) }
}

import type { StepDecorators, TaskError } from '@flowctl/core'

/** What becomes of an attempt that failed. */
export type Verdict =
  | { readonly type: 'retry'; readonly notBefore: number }
  /** Failed for good, but `@catchError` lets the flow go on. */
  | { readonly type: 'caught' }
  | { readonly type: 'failed' }

const MS_PER_MINUTE = 60_000

/** The one place that decides between retry, catch and failure. `attempt` is 0 for the first; times are milliseconds. */
export function verdict(decorators: StepDecorators, attempt: number, endedAt: number): Verdict {
  const { retry, catchError } = decorators
  if (retry !== undefined && attempt < retry.times) {
    const wait = retry.minutesBetweenRetries * MS_PER_MINUTE * retry.backoff ** attempt
    return { type: 'retry', notBefore: endedAt + wait }
  }
  return catchError === undefined ? { type: 'failed' } : { type: 'caught' }
}

/** What the artifact of `@catchError({ var })` holds: an object that needs no class to be read back. */
export function caughtValue(error: TaskError): Record<string, unknown> {
  return { ...error }
}

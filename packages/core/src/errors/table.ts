import { artifactErrors } from './artifacts.ts'
import { authoringErrors } from './authoring.ts'
import { clientErrors } from './client.ts'
import { commandErrors } from './command.ts'
import { compilerErrors } from './compiler.ts'
import { datastoreErrors } from './datastore.ts'
import { FlowctlError, type SourceLocation } from './flowctl-error.ts'
import { graphErrors } from './graph/graph-errors.ts'
import { parameterErrors } from './parameters.ts'
import { queueErrors } from './queue.ts'
import { runErrors } from './run.ts'
import { serviceErrors } from './services.ts'
import { taskErrors } from './tasks.ts'

/**
 * Every error that a user can meet, by its stable code. A code is never used again for something else; the error
 * reference in docs/ is generated from this table.
 */
export const ERRORS = {
  ...compilerErrors,
  ...graphErrors,
  ...authoringErrors,
  ...parameterErrors,
  ...artifactErrors,
  ...taskErrors,
  ...datastoreErrors,
  ...runErrors,
  ...queueErrors,
  ...serviceErrors,
  ...clientErrors,
  ...commandErrors,
} as const

export type ErrorCode = keyof typeof ERRORS
type Details<C extends ErrorCode> = Parameters<(typeof ERRORS)[C]['message']>[0]

/** Makes the error `code` of the table with the facts its texts name. */
export function flowError<C extends ErrorCode>(
  code: C,
  details: Details<C>,
  options: { at?: SourceLocation | undefined; cause?: unknown } = {},
): FlowctlError {
  const entry = ERRORS[code] as {
    exit: 1 | 2
    message: (details: unknown) => string
    fix: (details: unknown) => string
  }
  const text = { message: entry.message(details), fix: entry.fix(details), exit: entry.exit, details }
  return new FlowctlError(code, text, options)
}

/** Where something stands in the user's source: a path, and a line and column counted from 1. */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** An error that tells its reader what was given, what is allowed and what to do. Made by `flowError` only. */
export class FlowctlError extends Error {
  readonly code: string
  readonly fix: string
  readonly exit: 1 | 2
  readonly details: unknown
  /** Where in the user's source the cause stands, when it stands somewhere. */
  readonly at: SourceLocation | undefined

  constructor(
    code: string,
    text: { message: string; fix: string; exit: 1 | 2; details: unknown },
    options: { at?: SourceLocation | undefined; cause?: unknown } = {},
  ) {
    super(text.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'FlowctlError'
    this.code = code
    this.fix = text.fix
    this.exit = text.exit
    this.details = text.details
    this.at = options.at
  }
}

export function isFlowctlError(value: unknown): value is FlowctlError {
  return value instanceof FlowctlError
}

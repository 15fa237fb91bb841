import { isFlowctlError, isFlowProblems, type FlowctlError, type TaskError } from '@flowctl/core'
import { noPaint, type Paint } from '../format/paint.ts'
import { excerpt } from './excerpt.ts'
import { frameText, framesOf, isUserFrame, placeText, userFrame } from './stack.ts'

export interface ErrorView {
  readonly cwd: string
  /** Show Node's and flowctl's own frames too. */
  readonly verbose: boolean
  readonly paint?: Paint
  /** When the error arose, in milliseconds since 1970: files that changed later are not quoted. @default now */
  readonly asOf?: number
}

/** What went wrong, for people: an error of the table, several of them, or an unexpected one, which is a bug. */
export function errorText(error: unknown, view: ErrorView): string {
  if (isFlowProblems(error)) return problemsLines(error.problems, view).join('\n')
  if (isFlowctlError(error)) return problemLines(error, view).join('\n')
  return bugLines(error, view).join('\n')
}

function problemsLines(problems: readonly FlowctlError[], view: ErrorView): string[] {
  const [only] = problems
  if (problems.length === 1 && only !== undefined) return problemLines(only, view)
  const paint = view.paint ?? noPaint
  const blocks = problems.flatMap((problem, i) => {
    const number = `${i + 1}. `
    const [first = '', ...rest] = problemLines(problem, view)
    return [`${number}${first}`, ...rest.map((line) => (line === '' ? '' : ' '.repeat(number.length) + line)), '']
  })
  return [...blocks, paint('bold', `${problems.length} problems.`)]
}

function problemLines(error: FlowctlError, view: ErrorView): string[] {
  const paint = view.paint ?? noPaint
  const lines = [`${paint('red', `Error [${error.code}]:`)} ${error.message}`]
  // The user's code runs in other processes: of what it threw there, this is what came over.
  const stack = error.cause instanceof Error ? '' : textIn(error.cause, 'stack')
  const at = error.at ?? userFrame(stack)?.at
  if (at !== undefined) {
    lines.push(`  ${paint('cyan', placeText(at, view.cwd))}`)
    lines.push(...excerpt(at).map((line) => `    ${line}`))
  }
  if (error.fix !== '') lines.push(`${paint('green', 'Fix:')} ${error.fix}`)
  if (view.verbose) lines.push(...stackLines(error.stack ?? '', view).map((line) => `    ${line}`))
  const cause = textIn(error.cause, 'message')
  if (error.cause !== undefined && (cause === '' || !error.message.includes(cause)))
    lines.push(`Caused by ${causeText(error.cause)}`)
  return lines
}

/** A cause is an error, or what is left of one that came from another process. */
function causeText(cause: unknown): string {
  const message = textIn(cause, 'message')
  if (isFlowctlError(cause)) return `[${cause.code}] ${message}`
  return message === '' ? String(cause) : `${textIn(cause, 'name') || 'Error'}: ${message}`
}

function textIn(value: unknown, key: 'name' | 'message' | 'stack'): string {
  const text = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
  return typeof text === 'string' ? text : ''
}

function bugLines(error: unknown, view: ErrorView): string[] {
  const paint = view.paint ?? noPaint
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error)
  return [
    paint('red', 'flowctl met an error that it did not expect. This is a bug in flowctl.'),
    '',
    ...text.split('\n').map((line) => `  ${line}`),
    ...(error instanceof Error && error.cause !== undefined ? [`  Caused by ${causeText(error.cause)}`] : []),
    '',
    'Please report it with these lines and what you did.',
  ]
}

/**
 * How a task failed: name and message, code, the place in the user's source, the stack without framework frames, the causes, the
 * fix.
 */
export function taskErrorLines(error: TaskError, view: ErrorView): string[] {
  const paint = view.paint ?? noPaint
  const [first = '', ...more] = headline(error).split('\n')
  const lines = [paint('red', first), ...more]
  const at = userFrame(error.stack ?? '')?.at
  if (at !== undefined) lines.push(...excerpt(at, view.asOf).map((line) => `    ${line}`))
  lines.push(...stackLines(error.stack ?? '', view).map((line) => `    ${line}`))
  lines.push(...causeLines(error, view))
  if (error.fix !== undefined && error.fix !== '') lines.push(`${paint('green', 'Fix:')} ${error.fix}`)
  return lines
}

/** Causes of causes, and the errors of an AggregateError. */
function causeLines({ cause, errors = [] }: TaskError, view: ErrorView): string[] {
  return [...(cause === undefined ? [] : [cause]), ...errors].flatMap((one) => {
    const [start = '', ...rest] = headline(one).split('\n')
    const stack = stackLines(one.stack ?? '', view).map((line) => `    ${line}`)
    return [`Caused by ${start}`, ...rest, ...stack, ...causeLines(one, view)]
  })
}

/** `TypeError: x is not a function`, or `Error [TASK_TIMEOUT]: ...` for an error of the table. */
export function headline(error: TaskError): string {
  return error.code === undefined ? `${error.name}: ${error.message}` : `Error [${error.code}]: ${error.message}`
}

/** Where the error arose in the user's source: `flow.ts:30:10`. */
export function userPlace(error: TaskError, cwd: string): string | undefined {
  const at = userFrame(error.stack ?? '')?.at
  return at === undefined ? undefined : placeText(at, cwd)
}

function stackLines(stack: string, view: ErrorView): string[] {
  return framesOf(stack)
    .filter((frame) => view.verbose || isUserFrame(frame))
    .map((frame) => frameText(frame, view.cwd))
}

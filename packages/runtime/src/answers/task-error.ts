import { inspect } from 'node:util'
import { isNativeError } from 'node:util/types'
import { isFlowctlError, isFlowProblems, type TaskError } from '@flowctl/core'
import type { RefusedError } from '../protocol/messages.ts'

/** A chain of causes is followed this far; it may be a ring. */
const MAX_CAUSES = 8
const MAX_MESSAGE = 16 * 1024
const MAX_INSPECTED = 200

/** Anything that can be thrown, as records keep it. Never throws itself, whatever getters and proxies it meets. */
export function toTaskError(thrown: unknown, depth = 0): TaskError {
  if (!isErrorLike(thrown)) {
    return {
      kind: 'exception',
      name: 'Error',
      message: `The step threw ${describe(thrown)}, which is not an Error and so has no stack.`,
    }
  }
  const cause = depth < MAX_CAUSES ? causeOf(thrown) : undefined
  const stack = framesOf(thrown)
  return {
    kind: 'exception',
    name: textOf(thrown, 'name') || 'Error',
    message: textOf(thrown, 'message').slice(0, MAX_MESSAGE),
    ...(stack === undefined ? {} : { stack }),
    ...(isFlowctlError(thrown) ? { code: thrown.code, fix: thrown.fix } : {}),
    ...(cause === undefined ? {} : { cause: toTaskError(cause, depth + 1) }),
  }
}

/** Problems that were found together are told one by one. */
export function toRefusedErrors(thrown: unknown): RefusedError[] {
  const problems: readonly unknown[] = isFlowProblems(thrown) ? thrown.problems : [thrown]
  return problems.map((problem) => {
    const error = toTaskError(problem)
    return isFlowctlError(problem) ? { ...error, details: problem.details } : error
  })
}

/** The frames of a stack without the lines of name and message before them. */
export function framesOnly(stack: string): string | undefined {
  const start = stack.search(/^ {4}at /m)
  return start === -1 ? undefined : stack.slice(start)
}

function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return isNativeError(value) || (textOf(value, 'message') !== '' && textOf(value, 'name') !== '')
}

function causeOf(error: object): unknown {
  const cause = read(error, 'cause')
  if (cause !== undefined) return cause
  const errors = read(error, 'errors')
  return Array.isArray(errors) ? errors[0] : undefined
}

function framesOf(error: object): string | undefined {
  const stack = read(error, 'stack')
  return typeof stack === 'string' ? framesOnly(stack) : undefined
}

function textOf(error: object, key: string): string {
  const value = read(error, key)
  return typeof value === 'string' ? value : ''
}

function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

function describe(value: unknown): string {
  try {
    const text = inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY })
    return text.length > MAX_INSPECTED ? `${text.slice(0, MAX_INSPECTED)}...` : text
  } catch {
    return `a value of type ${typeof value}`
  }
}

import { inspect } from 'node:util'
import { toTaskError, type TaskError } from '@flowctl/core'

const MAX_INSPECTED = 200

/** What a step threw, as records keep it. */
export function errorOfStep(thrown: unknown): TaskError {
  return toTaskError(thrown, {
    notAnError: (value) => `The step threw ${describe(value)}, which is not an Error and so has no stack.`,
  })
}

function describe(value: unknown): string {
  try {
    const text = inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY })
    return text.length > MAX_INSPECTED ? `${text.slice(0, MAX_INSPECTED)}...` : text
  } catch {
    return `a value of type ${typeof value}`
  }
}

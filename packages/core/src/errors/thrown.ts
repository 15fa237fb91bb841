/*
 * Looks at what user code has thrown: anything at all, so that each look may meet a getter or a proxy that throws. None of these
 * functions throws.
 */

/** The frames of an error's stack, without the lines of name and message before them. */
export function framesOf(error: unknown): string | undefined {
  const stack = textOf(error, 'stack')
  // The message may itself look like frames.
  const message = textOf(error, 'message')
  const end = message === '' || /^ {4}at /.test(stack) ? -1 : stack.indexOf(message)
  const rest = end === -1 ? stack : stack.slice(end + message.length)
  const start = rest.search(/^ {4}at /m)
  return start === -1 ? undefined : rest.slice(start)
}

/** An error, or an object with a name and a message. */
export function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return isError(value) || (textOf(value, 'message') !== '' && textOf(value, 'name') !== '')
}

/** Errors of other realms are errors, too. */
export function isError(value: object): boolean {
  return quietly((it) => it instanceof Error || Object.prototype.toString.call(it) === '[object Error]', value)
}

/** A text property; empty when it is no text. */
export function textOf(value: unknown, key: string): string {
  const text = read(value, key)
  return typeof text === 'string' ? text : ''
}

export function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

/** The first `most` items of a list; `undefined` for what is no list. */
export function itemsOf(value: unknown, most: number): unknown[] | undefined {
  try {
    if (!Array.isArray(value)) return undefined
    return Array.from({ length: Math.min(most, value.length) }, (_, i) => read(value, String(i)))
  } catch {
    return undefined
  }
}

export function keysOf(value: object): string[] {
  try {
    return Object.keys(value)
  } catch {
    return []
  }
}

/** The answer of a test; false when the value does not let itself be tested. */
export function quietly<T>(test: (value: T) => boolean, value: T): boolean {
  try {
    return test(value)
  } catch {
    return false
  }
}

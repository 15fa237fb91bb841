import { FlowctlError, isFlowctlError, type SourceLocation } from './flowctl-error.ts'
import { FlowProblems, isFlowProblems } from './problems.ts'
import { framesOf, isError, isErrorLike, itemsOf, keysOf, quietly, read, textOf } from './thrown.ts'

/** An error as records keep it and as events carry it: plain data. Every text of it is cut to LIMITS. */
export interface TaskError {
  /** What kind of end it was; only `exception` comes from code that ran to a `throw`. */
  readonly kind: 'exception' | 'timeout' | 'exit' | 'signal' | 'out-of-memory'
  /** `TypeError`, `FlowctlError`, ... */
  readonly name: string
  readonly message: string
  /** Frames in the user's own files and lines (source maps applied), framework frames included. */
  readonly stack?: string
  /** The code and the fix of an error from the table. */
  readonly code?: string
  readonly fix?: string
  readonly cause?: TaskError
  /** Of an AggregateError. */
  readonly errors?: readonly TaskError[]
}

/** An error on its way to another process or thread, where `fromWire` makes it an error again. */
export interface WireError extends TaskError {
  /** Of an error from the table: the facts that its texts name. */
  readonly details?: unknown
  readonly exit?: 1 | 2
  readonly at?: SourceLocation
  readonly cause?: WireError
  /** Of an AggregateError, and the problems of FlowProblems. */
  readonly errors?: readonly WireError[]
}

/**
 * What an error may bring along. User code can make its texts as long as it likes, and a record of them is read by everybody.
 * Lengths are in UTF-16 code units.
 */
export const LIMITS = {
  /** A name, and a code. */
  name: 200,
  message: 16 * 1024,
  /** Whole frames are left out. */
  stack: 16 * 1024,
  fix: 16 * 1024,
  /** A text inside `details`, and a key. */
  property: 2 * 1024,
  /** Properties of one object, or items of one list, inside `details`. */
  properties: 100,
  /** Objects inside objects of `details`. */
  detailsDepth: 4,
  /** Causes of causes, and errors inside errors. They may be a ring. */
  depth: 8,
  /** The error itself, its causes and the errors inside them, together. */
  errors: 100,
  /** All texts together. */
  total: 128 * 1024,
} as const

const FLOW_PROBLEMS = 'FlowProblems'
const KINDS: readonly unknown[] = [
  'exception',
  'timeout',
  'exit',
  'signal',
  'out-of-memory',
] satisfies TaskError['kind'][]
const CUT = '...'

export interface WireOptions {
  /** @default 'exception' */
  readonly kind?: TaskError['kind']
  /** The message for what was thrown and is not an error. */
  readonly notAnError?: (thrown: unknown) => string
}

/** Anything that can be thrown, with all that `fromWire` needs. Never throws itself, whatever getters and proxies it meets. */
export function toWire(thrown: unknown, options: WireOptions = {}): WireError {
  return new WireWriter(options, true).write(thrown, 0)
}

/** Anything that can be thrown, as records keep it. Never throws itself. */
export function toTaskError(thrown: unknown, options: WireOptions = {}): TaskError {
  return new WireWriter(options, false).write(thrown, 0)
}

/** How a task ended that did not throw. Where flowctl noticed it is of no use to anybody: `stack` is where the task was, if known. */
export function endedBy(kind: TaskError['kind'], error: FlowctlError, stack?: string): TaskError {
  const { stack: _, ...ended } = toTaskError(error, { kind })
  return stack === undefined ? ended : { ...ended, stack: cutFrames(stack, LIMITS.stack) }
}

/**
 * The error that `toWire` was given: a FlowctlError, FlowProblems, an AggregateError, or an Error of the same name. Causes stay plain
 * data: they tell people what happened elsewhere.
 */
export function fromWire(wire: WireError): Error {
  const error = revived(wire)
  if (error.name !== wire.name)
    Object.defineProperty(error, 'name', { value: wire.name, configurable: true, writable: true })
  const frames = wire.stack === undefined ? '' : `\n${wire.stack}`
  Object.defineProperty(error, 'stack', {
    value: `${wire.name}: ${wire.message}${frames}`,
    configurable: true,
    writable: true,
  })
  return error
}

function revived(wire: WireError): Error {
  const { code, message, cause, errors } = wire
  const options = cause === undefined ? {} : { cause }
  if (code !== undefined) {
    const { fix = '', exit = 2, details, at } = wire
    return new FlowctlError(code, { message, fix, exit, details }, { at, cause })
  }
  if (errors === undefined) return new Error(message, options)
  const inner = errors.map(fromWire)
  if (wire.name === FLOW_PROBLEMS && inner.every(isFlowctlError)) return new FlowProblems(inner)
  return new AggregateError(inner, message, options)
}

/** Writes one error with all that it brings along, and keeps count of it. */
class WireWriter {
  readonly #options: WireOptions
  readonly #withFacts: boolean
  #errors: number = LIMITS.errors
  #characters: number = LIMITS.total

  constructor(options: WireOptions, withFacts: boolean) {
    this.#options = options
    this.#withFacts = withFacts
  }

  write(thrown: unknown, depth: number): WireError {
    this.#errors -= 1
    const kind = depth === 0 ? (this.#options.kind ?? 'exception') : 'exception'
    if (depth > 0 && isPlainWire(thrown)) return this.#writeError(thrown, thrown.kind, depth)
    if (isErrorLike(thrown)) return this.#writeError(thrown, kind, depth)
    const message = this.#options.notAnError?.(thrown) ?? 'What was thrown is not an Error and so has no stack.'
    return { kind, name: 'Error', message: this.#text(message, LIMITS.message) }
  }

  #writeError(error: object, kind: TaskError['kind'], depth: number): WireError {
    const name = this.#text(textOf(error, 'name') || 'Error', LIMITS.name)
    const message = this.#text(textOf(error, 'message'), LIMITS.message)
    const stack = this.#frames(error)
    const isTabled = quietly(isFlowctlError, error) || (depth > 0 && isPlainWire(error) && error.code !== undefined)
    return {
      kind,
      name,
      message,
      ...(stack === undefined ? {} : { stack }),
      ...(isTabled ? this.#tabled(error) : {}),
      ...this.#inner(error, depth),
    }
  }

  #tabled(error: object): Pick<WireError, 'code' | 'fix' | 'details' | 'exit' | 'at'> {
    const code = this.#text(textOf(error, 'code'), LIMITS.name)
    const fix = this.#text(textOf(error, 'fix'), LIMITS.fix)
    if (!this.#withFacts) return { code, fix }
    const at = read(error, 'at')
    const details = this.#portable(read(error, 'details'), 0)
    return {
      code,
      fix,
      exit: read(error, 'exit') === 1 ? 1 : 2,
      ...(details === undefined ? {} : { details }),
      ...(at === undefined ? {} : { at: this.#portable(at, 0) as SourceLocation }),
    }
  }

  #inner(error: object, depth: number): Pick<WireError, 'cause' | 'errors'> {
    if (depth >= LIMITS.depth) return {}
    const cause = read(error, 'cause')
    const written = cause === undefined || this.#errors <= 0 ? {} : { cause: this.write(cause, depth + 1) }
    const inner = this.#innerErrors(error, depth)
    return inner === undefined ? written : { ...written, errors: inner }
  }

  /** Libraries keep all sorts of things in a list of this name: of what is no AggregateError the first says enough. */
  #innerErrors(error: object, depth: number): WireError[] | undefined {
    const isList = isPlainWire(error) || quietly((it) => it instanceof AggregateError, error)
    const errors = quietly(isFlowProblems, error)
      ? itemsOf(read(error, 'problems'), LIMITS.errors)
      : itemsOf(read(error, 'errors'), isList || textOf(error, 'name') === 'AggregateError' ? LIMITS.errors : 1)
    if (errors === undefined || (errors.length === 0 && !isList)) return undefined
    const inner: WireError[] = []
    for (const one of errors) if (this.#errors > 0) inner.push(this.write(one, depth + 1))
    return inner
  }

  #frames(error: object): string | undefined {
    const frames = framesOf(error)
    if (frames === undefined) return undefined
    const fitting = cutFrames(frames, Math.min(LIMITS.stack, this.#characters))
    this.#characters -= fitting.length
    return fitting === '' ? undefined : fitting
  }

  #text(text: string, limit: number): string {
    const fitting = cut(text, Math.min(limit, this.#characters))
    this.#characters -= fitting.length
    return fitting
  }

  /** A copy that every channel carries and JSON keeps: data alone, no longer and no deeper than is allowed. */
  #portable(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value, LIMITS.property)
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
    if (typeof value !== 'object' || ArrayBuffer.isView(value) || depth >= LIMITS.detailsDepth) return undefined
    const items = itemsOf(value, LIMITS.properties)
    if (items !== undefined) return items.map((item) => this.#portable(item, depth + 1) ?? null)
    const copy: [string, unknown][] = []
    for (const key of keysOf(value).slice(0, LIMITS.properties)) {
      const item = this.#portable(read(value, key), depth + 1)
      if (item !== undefined) copy.push([this.#text(key, LIMITS.property), item])
    }
    return Object.fromEntries(copy)
  }
}

/** Text of at most so many units, which does not end within a character. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const kept = text.slice(0, Math.max(0, limit - CUT.length)).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}${CUT}`.slice(0, limit)
}

function cutFrames(frames: string, limit: number): string {
  return frames.length <= limit ? frames : frames.slice(0, Math.max(0, frames.lastIndexOf('\n', limit)))
}

/** Whether a cause is what is left of an error from elsewhere. */
function isPlainWire(cause: unknown): cause is WireError {
  return typeof cause === 'object' && cause !== null && !isError(cause) && KINDS.includes(read(cause, 'kind'))
}

import { deserialize, serialize } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlowctlError, isFlowctlError } from '../../src/errors/flowctl-error.ts'
import { FlowProblems, isFlowProblems } from '../../src/errors/problems.ts'
import { flowError } from '../../src/errors/table.ts'
import { endedBy, fromWire, LIMITS, toTaskError, toWire, type WireError } from '../../src/errors/wire.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'ö', '\n', '    at ', '😀', ':'), maxLength: 30 })
const json = fc.jsonValue({ maxDepth: 2 })

/** Errors of every sort, with causes and errors inside. */
const { error: anyError } = fc.letrec<{ error: Error; flowctl: FlowctlError }>((tie) => ({
  error: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(text, fc.option(tie('error'))).map(([message, cause]) => new Error(message, causing(cause))),
    fc.tuple(text, fc.option(tie('error'))).map(([message, cause]) => new RangeError(message, causing(cause))),
    tie('flowctl'),
    fc.array(tie('flowctl'), { minLength: 1, maxLength: 3 }).map((all) => new FlowProblems(all)),
    fc.tuple(fc.array(tie('error'), { maxLength: 3 }), text).map(([all, message]) => new AggregateError(all, message)),
  ),
  flowctl: fc
    .record({
      code: fc.constantFrom('RUN_X', 'TASK_Y'),
      message: text,
      fix: text,
      exit: fc.constantFrom(1 as const, 2 as const),
      details: fc.dictionary(fc.string({ maxLength: 5 }), json, { maxKeys: 3 }),
      at: fc.option(fc.record({ file: text, line: fc.nat(), column: fc.nat() }), { nil: undefined }),
      cause: fc.option(tie('error')),
    })
    .map(({ code, at, cause, ...rest }) => new FlowctlError(code, rest, { at, ...causing(cause) })),
}))

function causing(cause: Error | null): { cause?: Error } {
  return cause === null ? {} : { cause }
}

/** All texts of what is on the wire, with the limit that each has. */
function* textsOf(wire: WireError): Generator<[text: string, limit: number]> {
  yield [wire.name, LIMITS.name]
  yield [wire.message, LIMITS.message]
  yield [wire.code ?? '', LIMITS.name]
  yield [wire.fix ?? '', LIMITS.fix]
  yield [wire.stack ?? '', LIMITS.stack]
  for (const property of stringsIn([wire.details, wire.at])) yield [property, LIMITS.property]
  if (wire.cause !== undefined) yield* textsOf(wire.cause)
  for (const one of wire.errors ?? []) yield* textsOf(one)
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(stringsIn)
  return typeof value === 'object' && value !== null ? Object.entries(value).flat().flatMap(stringsIn) : []
}

function errorsIn(wire: WireError): number {
  return (
    1 + [...(wire.cause === undefined ? [] : [wire.cause]), ...(wire.errors ?? [])].reduce((n, e) => n + errorsIn(e), 0)
  )
}

function expectWithinLimits(wire: WireError): void {
  let total = 0
  for (const [one, limit] of textsOf(wire)) {
    expect(one.length).toBeLessThanOrEqual(limit)
    total += one.length
  }
  expect(total).toBeLessThanOrEqual(LIMITS.total)
  expect(errorsIn(wire)).toBeLessThanOrEqual(LIMITS.errors)
}

describe('an error on the wire', () => {
  it('is the same error after its way, by structured clone or as JSON', () => {
    fc.assert(
      fc.property(anyError, (error) => {
        const wire = toWire(error)
        expectWithinLimits(wire)
        const arrived = [deserialize(serialize(wire)), JSON.parse(JSON.stringify(wire))] as [WireError, WireError]
        for (const one of arrived) {
          const again = fromWire(one)
          expect(again.name).toBe(error.name)
          expect(again.message).toBe(error.message)
          expect(isFlowctlError(again)).toBe(isFlowctlError(error))
          expect(isFlowProblems(again)).toBe(isFlowProblems(error))
          expect(again instanceof AggregateError).toBe(error instanceof AggregateError)
          expect(toWire(again)).toEqual(wire)
        }
      }),
    )
  })

  it('keeps all that an error of the table says', () => {
    const cause = new TypeError('deep')
    const error = flowError(
      'TASK_TIMED_OUT',
      { step: 'a', seconds: 3 },
      { at: { file: 'f.ts', line: 1, column: 2 }, cause },
    )
    const again = fromWire(toWire(error))
    const { code, message, fix, exit, details, at } = error
    expect(again).toMatchObject({
      code,
      message,
      fix,
      exit,
      details,
      at,
      cause: { name: 'TypeError', message: 'deep' },
    })
    expect(again.stack).toMatch(/^FlowctlError: .*\n[^]*^ {4}at .*wire\.test\.ts/m)
  })

  it('has the frames alone as its stack, whatever the message looks like', () => {
    const { stack } = toWire(new Error('no\n    at all (lie.ts:1:1)'))
    expect(stack).toMatch(/^ {4}at .*wire\.test\.ts/)
    expect(stack).not.toContain('lie.ts')
  })

  it('knows errors of other realms, and things that look like errors', () => {
    expect(toWire(runInNewContext(`new RangeError('far')`))).toMatchObject({ name: 'RangeError', message: 'far' })
    expect(toWire({ name: 'Odd', message: 'like one' })).toMatchObject({ name: 'Odd', message: 'like one' })
    expect(toWire(7, { notAnError: (seven) => `just ${String(seven)}` }).message).toBe('just 7')
  })

  it('has the first of what a library lists as errors', () => {
    const error = Object.assign(new TypeError('invalid'), { errors: [{ path: 'a' }, { path: 'b' }] })
    expect(toWire(error, { notAnError: (one) => JSON.stringify(one) }).errors).toMatchObject([
      { message: '{"path":"a"}' },
    ])
  })

  it('is made of anything at all, without throwing', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('gone'), {})
    revoke()
    const list = Proxy.revocable([], {})
    list.revoke()
    const trap = (): never => {
      throw new Error('trap')
    }
    const hostile = new Proxy(new Error('hidden'), { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap })
    const details = {
      list: list.proxy,
      hostile,
      fn: () => 1,
      big: new Uint8Array(1e6),
      date: new Date(0),
      n: 1n,
      ok: 'yes',
    }
    const tabled = new FlowctlError('RUN_X', { message: 'm', fix: 'f', exit: 1, details })
    for (const thrown of [proxy, hostile, tabled, undefined, null, Symbol('s'), () => 1])
      expect(() => serialize(toWire(thrown))).not.toThrow()
    expect(toWire(tabled).details).toEqual({ list: {}, hostile: {}, date: {}, ok: 'yes' })
    fc.assert(
      fc.property(fc.anything({ withBoxedValues: true, withMap: true }), (thrown) =>
        expectWithinLimits(toWire(thrown)),
      ),
    )
  })
})

describe('its limits', () => {
  const long = fc.integer({ min: 0, max: 20_000 }).map((n) => '😀'.repeat(n))

  it('hold for every text, and no text ends within a character', () => {
    const huge = fc
      .record({
        name: long,
        message: long,
        fix: long,
        code: long,
        fact: long,
        key: long,
        frames: fc.nat({ max: 3000 }),
      })
      .map(({ name, message, fix, code, fact, key, frames }) => {
        const details = { [key]: fact, list: Array.from({ length: 300 }, () => fact) }
        const error = new FlowctlError(code, { message, fix, exit: 1, details }, { cause: new Error(message) })
        error.name = name
        error.stack = `${name}: ${message}\n${'    at step (flow.ts:1:1)\n'.repeat(frames)}`
        return error
      })
    fc.assert(
      fc.property(huge, (error) => {
        const wire = toWire(error)
        expectWithinLimits(wire)
        for (const [one] of textsOf(wire)) expect(one).not.toMatch(/\p{Surrogate}/u)
        if (wire.stack !== undefined) expect(wire.stack).toMatch(/^( {4}at step \(flow\.ts:1:1\)\n?)+$/)
      }),
      { numRuns: 10 },
    )
  })

  it('end a ring of causes, and a tree of errors that would be endless', () => {
    const ring = new Error('ring')
    ring.cause = ring
    let depth = 0
    for (let wire: WireError | undefined = toWire(ring).cause; wire !== undefined; wire = wire.cause) depth += 1
    expect(depth).toBe(LIMITS.depth)
    const all = new AggregateError([], 'all')
    for (let n = 0; n < 3; n += 1) all.errors.push(all)
    expect(errorsIn(toWire(all))).toBe(LIMITS.errors)
  })
})

describe('an error in a record', () => {
  it('has no facts, which only an error that is thrown again needs', () => {
    const error = flowError('TASK_TIMED_OUT', { step: 'a', seconds: 3 })
    const { message, fix } = error
    const { stack, ...record } = toTaskError(error)
    expect(record).toEqual({ kind: 'exception', name: 'FlowctlError', code: 'TASK_TIMED_OUT', message, fix })
    expect(stack).toContain('wire.test.ts')
  })

  it('of a task that did not throw says of what kind its end was, and where it was', () => {
    const error = flowError('TASK_EXITED', { step: 'a', code: 3 })
    expect(endedBy('exit', error, '    at act (flow.ts:7:3)')).toMatchObject({
      kind: 'exit',
      code: 'TASK_EXITED',
      stack: '    at act (flow.ts:7:3)',
    })
    expect(endedBy('exit', error)).not.toHaveProperty('stack')
    const frames = '    at act (flow.ts:7:3)\n'.repeat(2000)
    expect(endedBy('exit', error, frames).stack?.length).toBeLessThanOrEqual(LIMITS.stack)
  })
})

import { decodeValue, encodeValue } from '@flowctl/datastore'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runInNewContext } from 'node:vm'

function again<T>(value: T): T {
  return decodeValue(Buffer.concat(encodeValue(value, 'value').chunks)) as T
}

describe('values come back as they were', () => {
  const VALUES: Record<string, unknown> = {
    undefined: undefined,
    null: null,
    true: true,
    zero: 0,
    'minus zero': -0,
    NaN: NaN,
    Infinity: -Infinity,
    integer: 2 ** 40,
    bigint: -(2n ** 200n),
    'empty string': '',
    string: 'grüße, 你好, \u{1f680}, \0, lone \ud800',
    date: new Date(1234567890123),
    'invalid date': new Date(NaN),
    'regular expression': /a(?<b>c)+/giu,
    'empty object': {},
    'object with undefined': { a: undefined, 'b c': [undefined, null], 0: 'index' },
    'empty array': [],
    'nested arrays': [[], [[1, 'a', [true]]]],
    map: new Map<unknown, unknown>([
      ['a', 1],
      [{ key: 1 }, new Map([[1, 2]])],
      [NaN, undefined],
    ]),
    set: new Set<unknown>([1, 'a', { b: 2 }, new Set([3])]),
    'boxed primitives': [Object(1), Object('s'), Object(true), Object(1n)],
    'nested views': { a: new Float64Array([1.5, -0]), b: [new Uint16Array([1, 2, 3])], c: new BigInt64Array([-5n]) },
  }

  test.each(Object.entries(VALUES))('%s', (_, value) => {
    expect(again(value)).toStrictEqual(value)
    expect(again({ inside: [value] })).toStrictEqual({ inside: [value] })
  })

  test('holes stay holes, apart from undefined', () => {
    // eslint-disable-next-line no-sparse-arrays
    const sparse = [1, , undefined, 3]
    const back = again(sparse)
    expect(back).toHaveLength(4)
    expect(1 in back).toBe(false)
    expect(2 in back).toBe(true)
    const wide: unknown[] = []
    wide[3_000_000_000] = 'far'
    const wideBack = again(wide)
    expect(wideBack.length).toBe(3_000_000_001)
    expect(Object.keys(wideBack)).toEqual(['3000000000'])
  })

  test('properties by name of an array, as matches have', () => {
    const match = /b(?<rest>.*)/.exec('abc') as RegExpExecArray
    const back = again(match)
    expect([...back]).toEqual(['bc', 'c'])
    expect(back.index).toBe(1)
    expect(back.input).toBe('abc')
    expect(back.groups?.['rest']).toBe('c')
    expect(Object.getPrototypeOf(back.groups)).toBeNull()
  })

  test('objects without a prototype', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1, nested: Object.create(null) as object })
    const back = again({ bare })
    expect(Object.getPrototypeOf(back.bare)).toBeNull()
    expect(Object.getPrototypeOf(back.bare.nested)).toBeNull()
    expect({ ...back.bare, nested: 0 }).toEqual({ a: 1, nested: 0 })
  })

  test('a property called __proto__', () => {
    const own = JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as object
    for (const value of [own, { own, bare: Object.create(null) as object }]) {
      const back = again(value)
      const object = ('own' in back ? back.own : back) as object
      expect(Object.keys(object)).toEqual(['__proto__', 'b'])
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
    }
  })

  test('shared references and cycles', () => {
    const shared = { n: 1 }
    const value = { a: shared, b: [shared], map: new Map([[shared, shared]]), self: null as unknown }
    value.self = value
    const back = again(value)
    expect(back.a).toBe(back.b[0])
    expect(back.self).toBe(back)
    expect(back.map.get(back.a)).toBe(back.a)
    const view = new Float32Array([1, 2])
    const twice = again([view, view])
    expect(twice[0]).toBe(twice[1])
  })

  test('values of another realm', () => {
    const foreign = runInNewContext(
      '({ list: [1, { a: 2 }], map: new Map([[1, { b: 3 }]]), set: new Set([1]), date: new Date(5), view: new Float64Array([1, 2]), error: new RangeError("far") })',
    ) as Record<string, unknown>
    const back = again(foreign)
    expect(back['list']).toEqual([1, { a: 2 }])
    expect(back['map']).toEqual(new Map([[1, { b: 3 }]]))
    expect(back['set']).toEqual(new Set([1]))
    expect(back['date']).toEqual(new Date(5))
    expect(back['view']).toEqual(new Float64Array([1, 2]))
    expect(back['error']).toBeInstanceOf(RangeError)
  })

  test('getters give their value of the moment', () => {
    const value = {
      a: 2,
      get double() {
        return this.a * 2
      },
    }
    expect(again(value)).toEqual({ a: 2, double: 4 })
    expect(Object.getOwnPropertyDescriptor(again(value), 'double')?.value).toBe(4)
  })

  test('any structure of plain values', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
      withUnicodeString: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        expect(again(value)).toStrictEqual(value)
      }),
      { numRuns: 500 },
    )
  })
})

describe('errors', () => {
  test('keep class, message, stack, cause and properties', () => {
    const error = Object.assign(new TypeError('wrong', { cause: new RangeError('deeper') }), {
      code: 'E_WRONG',
      at: { line: 3 },
    })
    const back = again({ error }).error
    expect(back).toBeInstanceOf(TypeError)
    expect(Object.getPrototypeOf(back)).toBe(TypeError.prototype)
    expect(back.message).toBe('wrong')
    expect(back.stack).toBe(error.stack)
    expect(back.cause).toBeInstanceOf(RangeError)
    expect((back.cause as Error).message).toBe('deeper')
    expect(back.code).toBe('E_WRONG')
    expect(back.at).toEqual({ line: 3 })
    expect(Object.keys(back).toSorted()).toEqual(['at', 'code'])
    expect(String(back)).toBe('TypeError: wrong')
  })

  test('of several and those of the system', () => {
    const all = new AggregateError([new Error('a'), 'b'], 'both')
    const back = again(all)
    expect(back).toBeInstanceOf(AggregateError)
    expect(back.errors).toHaveLength(2)
    expect((back.errors[0] as Error).message).toBe('a')
    const system = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', errno: -2, name: 'Custom' })
    expect(String(again(system))).toBe('Custom: ENOENT: no such file')
  })

  test('refer to themselves', () => {
    const error = new Error('loop') as Error & { self?: unknown }
    error.self = [error]
    error.cause = error
    const back = again(error)
    expect(back.cause).toBe(back)
    expect((back.self as unknown[])[0]).toBe(back)
  })
})

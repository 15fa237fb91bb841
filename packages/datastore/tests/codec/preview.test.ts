import { encodeValue, previewOf, typeOf } from '@flowctl/datastore'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

class Model {
  score = 0.5
}

describe('type and preview', () => {
  const CASES: readonly [unknown, string, string][] = [
    [undefined, 'undefined', 'undefined'],
    [null, 'null', 'null'],
    [true, 'boolean', 'true'],
    [-0, 'number', '-0'],
    [0.125, 'number', '0.125'],
    [12n, 'bigint', '12n'],
    ['hi "you"\nthere', 'string', '"hi \\"you\\"\\nthere"'],
    [[1, 'a', null], 'Array(3)', '[1, "a", null]'],
    [[], 'Array(0)', '[]'],
    [{}, 'Object', '{}'],
    [{ a: 1, 'b c': [true] }, 'Object', '{ a: 1, "b c": [true] }'],
    [new Map<unknown, unknown>([['k', { v: 1 }]]), 'Map(1)', 'Map(1) { "k" => { v: 1 } }'],
    [new Set([1, 2]), 'Set(2)', 'Set(2) { 1, 2 }'],
    [new Float64Array([1, 2.5]), 'Float64Array(2)', 'Float64Array(2) [1, 2.5]'],
    [Buffer.from('ab'), 'Buffer(2)', 'Buffer(2) [97, 98]'],
    [new ArrayBuffer(9), 'ArrayBuffer(9)', 'ArrayBuffer(9)'],
    [new Date(0), 'Date', '1970-01-01T00:00:00.000Z'],
    [new Date(NaN), 'Date', 'Invalid Date'],
    [/a\/b/g, 'RegExp', '/a\\\\/b/'],
    [new TypeError('no'), 'TypeError', 'TypeError: no'],
    [new Model(), 'Model', 'Model { score: 0.5 }'],
    [new URL('http://a/'), 'URL', 'URL {}'],
    [{ a: { b: { c: { d: { e: 1 } } } } }, 'Object', '{ a: { b: { c: { d: {…} } } } }'],
  ]

  test.each(CASES)('%o', (value, type, preview) => {
    expect(typeOf(value)).toBe(type)
    expect(previewOf(value)).toBe(preview)
  })

  test('large values are cut', () => {
    const large = Array.from({ length: 2_000_000 }, (_, i) => ({ i }))
    const preview = previewOf(large)
    expect(preview).toHaveLength(100)
    expect(preview.startsWith('[{ i: 0 }, { i: 1 }')).toBe(true)
    expect(preview.endsWith('…')).toBe(true)
    expect(previewOf('x'.repeat(1e7))).toHaveLength(100)
    expect(previewOf(2n ** 1_000_000n)).toBe('a bigint of many digits')
  })

  test('circles end', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(previewOf(circle)).toBe('{ self: { self: { self: { self: {…} } } } }')
  })

  test('no code of the user runs', () => {
    const never = (): never => {
      throw new Error('user code ran')
    }
    class Trap {
      a = 1
      get b(): number {
        return never()
      }
      toString = never
      toJSON = never
      get [Symbol.toStringTag](): string {
        return never()
      }
    }
    const trap = Object.defineProperty(new Trap(), 'c', { get: never, enumerable: true })
    expect(typeOf(trap)).toBe('Trap')
    expect(previewOf(trap)).toContain('c: (getter)')
    const proxy = new Proxy({}, { get: never, getPrototypeOf: never, ownKeys: never, getOwnPropertyDescriptor: never })
    expect(typeOf(proxy)).toBe('Proxy')
    expect(previewOf([proxy])).toBe('[Proxy]')
    class MyMap extends Map {
      override get size(): number {
        return never()
      }
      override entries = never
      override [Symbol.iterator] = never
    }
    expect(previewOf(Object.create(MyMap.prototype))).toContain('MyMap')
    expect(typeOf(new MyMap())).toBe('MyMap(0)')
  })

  test('any value: one line, at most 100 characters, never an error', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withMap: true,
          withSet: true,
          withDate: true,
          withTypedArray: true,
          withBigInt: true,
          withSparseArray: true,
          withUnicodeString: true,
          withNullPrototype: true,
        }),
        (value) => {
          const preview = previewOf(value)
          expect(preview.length).toBeLessThanOrEqual(100)
          expect(preview).not.toMatch(/[\n\r\u2028\u2029]/)
          expect(typeOf(value).length).toBeLessThanOrEqual(100)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('are part of an encoded value', () => {
    expect(encodeValue([1], 'x')).toMatchObject({ type: 'Array(1)', preview: '[1]' })
  })
})

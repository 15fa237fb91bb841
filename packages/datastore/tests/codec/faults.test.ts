import { isFlowctlError, type FlowctlError } from '@flowctl/core'
import { decodeValue, encodeValue, registerSerializer, serializable } from '@flowctl/datastore'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

function faultOf(value: unknown, name = 'model'): FlowctlError {
  try {
    encodeValue(value, name)
  } catch (error) {
    if (isFlowctlError(error)) return error
    throw error
  }
  throw new Error('it was stored')
}

class Unregistered {
  a = 1
}

const UNSTORABLE: readonly [string, unknown, string][] = [
  ['a function', () => 1, 'a function'],
  ['a method', { run() {} }.run, 'a function'],
  ['a class', Unregistered, 'a class'],
  ['a symbol', Symbol('s'), 'a symbol'],
  ['a boxed symbol', Object(Symbol('s')), 'a symbol'],
  ['a promise', Promise.resolve(1), 'a promise'],
  ['a WeakMap', new WeakMap(), 'a WeakMap'],
  ['a WeakSet', new WeakSet(), 'a WeakSet'],
  ['a WeakRef', new WeakRef({}), 'a WeakRef'],
  ['a generator', (function* () {})(), 'a generator'],
  ['an array iterator', [1].values(), 'an iterator'],
  ['a map iterator', new Map().keys(), 'an iterator'],
  ['a set iterator', new Set().values(), 'an iterator'],
  ['a string iterator', 'abc'[Symbol.iterator](), 'an iterator'],
  ['a Proxy', new Proxy({ a: 1 }, {}), 'a Proxy'],
  ['a Proxy of an array', new Proxy([1], {}), 'a Proxy'],
  ['a SharedArrayBuffer', new SharedArrayBuffer(8), 'a SharedArrayBuffer'],
]

const PLACES: readonly [string, (value: unknown) => unknown, string][] = [
  ['the artifact itself', (value) => value, 'model'],
  ['a property', (value) => ({ a: 1, layers: [1, 2, { activation: value }] }), 'model.layers[2].activation'],
  ['a property with a strange name', (value) => ({ 'a b': value }), 'model["a b"]'],
  ['an item of a long array', (value) => [...Array.from({ length: 500 }, () => 0), value], 'model[500]'],
  ['a property of an array', (value) => Object.assign([1, 2], { extra: value }), 'model.extra'],
  ['a value of a Map', (value) => ({ table: new Map([['k', { v: value }]]) }), 'model.table.get("k").v'],
  ['a value of a Map with an object as key', (value) => new Map([[{}, value]]), 'model.values()[0]'],
  [
    'a key of a Map',
    (value) =>
      new Map([
        [{}, 1],
        [value as object, 1],
      ]),
    'model.keys()[1]',
  ],
  ['a member of a Set', (value) => new Set([1, 2, [value]]), 'model.values()[2][0]'],
  ['an error', (value) => Object.assign(new Error('e'), { details: value }), 'model.details'],
  ['a cause', (value) => new Error('e', { cause: [value] }), 'model.cause[0]'],
  ['an object without a prototype', (value) => Object.assign(Object.create(null) as object, { x: value }), 'model.x'],
]

describe('what cannot be stored is refused with its path', () => {
  test.each(
    UNSTORABLE.flatMap(([what, value, kind]) =>
      PLACES.map(([where, put, path]) => [what, where, put(value), path, kind] as const),
    ),
  )('%s in %s', (_what, _where, value, path, kind) => {
    const fault = faultOf(value)
    expect(fault.code).toBe('ARTIFACT_NOT_STORABLE')
    expect(fault.message).toBe(`${path} is ${kind}, which cannot be stored`)
    expect(fault.fix.length).toBeGreaterThan(20)
  })

  test.each(PLACES)('an instance of an unregistered class in %s', (_, put, path) => {
    const fault = faultOf(put(new Unregistered()))
    expect(fault.code).toBe('ARTIFACT_CLASS_UNREGISTERED')
    expect(fault.message).toContain(`${path} is an instance of Unregistered`)
    expect(fault.fix).toContain('@serializable on class Unregistered')
  })

  test('subclasses of built-in classes and of registered ones are classes of their own', () => {
    class MyMap extends Map {}
    class MyArray extends Array {}
    class MyError extends TypeError {}
    class MyBytes extends Uint8Array {}
    class MyDate extends Date {}
    @serializable
    class Known {}
    class Derived extends Known {}
    for (const value of [new MyMap(), new MyArray(), new MyError('x'), new MyBytes(2), new MyDate(), new Derived()]) {
      const fault = faultOf({ x: value })
      expect(fault.code).toBe('ARTIFACT_CLASS_UNREGISTERED')
      expect(fault.message).toContain(value.constructor.name)
    }
  })

  test('built-in classes without data', () => {
    for (const value of [
      new TextEncoder(),
      new AbortController(),
      new Intl.NumberFormat(),
      new Blob([]),
      performance,
    ]) {
      expect(faultOf([value]).code).toMatch(/^ARTIFACT_(CLASS_UNREGISTERED|NOT_STORABLE)$/)
    }
  })

  test('inside registered instances', () => {
    @serializable
    class Layer {
      activation: unknown = (x: number) => x
    }
    expect(faultOf({ layers: [new Layer()] }).message).toContain('model.layers[0].activation is a function')
    class Custom {
      inner = new Unregistered()
    }
    registerSerializer(Custom, { write: (custom) => ({ part: custom.inner }), read: () => new Custom() })
    expect(faultOf([new Custom()]).message).toContain('model[0].part is an instance of Unregistered')
  })

  test('properties with symbols as keys, unless they are hidden', () => {
    expect(faultOf({ a: { [Symbol('tag')]: 1 } })).toMatchObject({
      code: 'ARTIFACT_SYMBOL_KEY',
      message: expect.stringContaining('model.a has a property with the key Symbol(tag)') as string,
    })
    const hidden = Object.defineProperty({ a: 1 }, Symbol('hidden'), { value: 1, enumerable: false })
    expect(encodeValue(hidden, 'model').size).toBeGreaterThan(0)
  })

  test('properties added to a Map, Set, Date or RegExp', () => {
    for (const value of [new Map(), new Set(), new Date(0), /x/]) {
      const fault = faultOf({ v: Object.assign(value, { note: 1 }) })
      expect(fault.code).toBe('ARTIFACT_EXTRA_PROPERTY')
      expect(fault.message).toContain('model.v is a')
      expect(fault.message).toContain("'note'")
    }
  })

  test('getters and write functions that throw', () => {
    const bad = {
      get broken(): number {
        throw new RangeError('not now')
      },
    }
    expect(faultOf({ bad })).toMatchObject({
      code: 'ARTIFACT_READ_FAILED',
      message: 'model.bad.broken could not be read while it was stored: not now',
    })
    class Sad {}
    registerSerializer(Sad, {
      write: () => {
        throw new Error('no')
      },
      read: () => new Sad(),
    })
    expect(faultOf([new Sad()])).toMatchObject({
      code: 'ARTIFACT_READ_FAILED',
      message: expect.stringContaining('model[0]') as string,
    })
  })

  test('a read function that throws', () => {
    class Picky {}
    registerSerializer(Picky, {
      write: () => 1,
      read: () => {
        throw new Error('never')
      },
    })
    const bytes = Buffer.concat(encodeValue(new Picky(), 'p').chunks)
    expect(() => decodeValue(bytes)).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_REVIVE_FAILED', message: expect.stringContaining('never') as string }),
    )
  })

  test('a circle through write', () => {
    class Node {
      next: unknown
    }
    registerSerializer(Node, { write: (node) => ({ next: node.next }), read: () => new Node() })
    const node = new Node()
    node.next = [node]
    expect(faultOf({ node })).toMatchObject({
      code: 'ARTIFACT_CYCLE',
      message: expect.stringContaining('model.node.next[0]') as string,
    })
  })

  test('a registered class whose contents are hidden in a built-in one', () => {
    @serializable
    class Stamp extends Date {}
    @serializable
    class Bytes extends Uint8Array {}
    expect(faultOf({ at: new Stamp() })).toMatchObject({ code: 'ARTIFACT_CLASS_BASE' })
    expect(faultOf(new Bytes(3))).toMatchObject({ code: 'ARTIFACT_CLASS_BASE' })
  })

  test('structures deeper than the stack', () => {
    let list: unknown = null
    for (let i = 0; i < 300_000; i += 1) list = { next: list }
    const fault = faultOf({ list })
    expect(fault.code).toBe('ARTIFACT_TOO_DEEP')
    expect(fault.message.length).toBeLessThan(500)
  })

  test('more than V8 can serialize, before the memory is copied', () => {
    const large = new Uint8Array(3 * 2 ** 30)
    const parts = [large, large.subarray(1)]
    const fault = faultOf({ parts })
    expect(fault.code).toBe('ARTIFACT_TOO_LARGE')
    expect(fault.message).toContain('6 GiB')
    expect(fault.fix).toContain('fields of their own')
  })

  test('a function is found wherever it is', () => {
    const place = fc.array(
      fc.oneof(fc.constantFrom('map', 'set', 'bare', 'error'), fc.nat(5), fc.stringMatching(/^[a-z]{1,5}$/)),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(place, (steps) => {
        let value: unknown = () => 1
        for (const step of steps) {
          if (typeof step === 'number') value = [...Array.from({ length: step }, () => ({})), value]
          else if (step === 'map') value = new Map([['x', value]])
          else if (step === 'set') value = new Set([value])
          else if (step === 'bare') value = Object.assign(Object.create(null) as object, { x: value })
          else if (step === 'error') value = new Error('e', { cause: value })
          else value = { [step]: value, other: [1] }
        }
        expect(faultOf(value).code).toBe('ARTIFACT_NOT_STORABLE')
      }),
    )
  })
})

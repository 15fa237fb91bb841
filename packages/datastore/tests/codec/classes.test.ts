import { decodeValue, encodeValue, registerSerializer, serializable } from '@flowctl/datastore'
import { transformSync } from 'esbuild'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

function again<T>(value: T): T {
  return decodeValue(Buffer.concat(encodeValue(value, 'value').chunks)) as T
}

let constructed = 0

@serializable
class Layer {
  activation = 'relu'
  weights: Float64Array
  constructor(size: number) {
    constructed += 1
    this.weights = new Float64Array(size).fill(size)
  }
  get size() {
    return this.weights.length
  }
}

@serializable
class Model {
  layers: Layer[] = []
  parent: Model | undefined
  readonly byName = new Map<string, Layer>()
  add(name: string, layer: Layer): this {
    this.layers.push(layer)
    this.byName.set(name, layer)
    return this
  }
}

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  get cents() {
    return this.#cents
  }
}
registerSerializer(Money, { write: (money) => money.cents, read: (cents) => new Money(cents) })

describe('instances of registered classes', () => {
  test('come back as instances, without running the constructor', () => {
    const layer = new Layer(3)
    constructed = 0
    const back = again(layer)
    expect(constructed).toBe(0)
    expect(back).toBeInstanceOf(Layer)
    expect(back).toStrictEqual(layer)
    expect(back.size).toBe(3)
  })

  test('inside each other, shared, and in circles', () => {
    const layer = new Layer(2)
    const model = new Model().add('first', layer).add('second', new Layer(4))
    model.parent = model
    const back = again({ best: model, list: [model, new Set([layer])] as const })
    expect(back.best).toBe(back.list[0])
    expect(back.best.parent).toBe(back.best)
    expect(back.best.byName.get('first')).toBe(back.best.layers[0])
    expect([...back.list[1]][0]).toBe(back.best.layers[0])
    expect(back.best.layers[1]?.weights).toEqual(new Float64Array(4).fill(4))
  })

  test('as keys of maps', () => {
    const layer = new Layer(1)
    const back = again(new Map([[layer, { layer }]]))
    const [[key, value]] = [...back] as [[Layer, { layer: Layer }]]
    expect(key).toBeInstanceOf(Layer)
    expect(value.layer).toBe(key)
  })

  test('with write and read keep what is private', () => {
    const money = new Money(250)
    const back = again({ price: money, list: [money, new Money(3)] })
    expect(back.price).toBeInstanceOf(Money)
    expect(back.price.cents).toBe(250)
    expect(back.list[0]).toBe(back.price)
    expect(back.list[1]?.cents).toBe(3)
  })

  test('what write gives may hold other instances', () => {
    class Purse {
      readonly contents: unknown[]
      constructor(contents: unknown[]) {
        this.contents = contents
      }
    }
    registerSerializer(Purse, {
      write: (purse) => ({ items: purse.contents }),
      read: ({ items }) => new Purse([...items]),
    })
    const layer = new Layer(1)
    const back = again({ layer, purse: new Purse([new Money(1), layer, new Purse([new Money(2)])]) })
    expect(back.purse.contents[1]).toBe(back.layer)
    expect((back.purse.contents[0] as Money).cents).toBe(1)
    expect(((back.purse.contents[2] as Purse).contents[0] as Money).cents).toBe(2)
  })

  test('that extend Array, Map, Set and Error', () => {
    @serializable
    class Row extends Array<number> {
      label = ''
      self: unknown
    }
    @serializable
    class Counts extends Map<string, number> {
      total = 0
    }
    @serializable
    class Names extends Set<string> {
      note = 'n'
    }
    @serializable
    class QuotaError extends RangeError {
      readonly limit: number
      constructor(limit: number) {
        super(`over ${limit}`)
        this.limit = limit
      }
    }
    const row = Row.from([1, 2, 3]) as Row
    row.label = 'r'
    row.self = row
    const counts = Object.assign(new Counts([['a', 1]]), { total: 1 })
    const back = again({ row, counts, names: new Names(['x']), error: new QuotaError(5) })
    expect(back.row).toBeInstanceOf(Row)
    expect(Array.isArray(back.row)).toBe(true)
    expect([...back.row]).toEqual([1, 2, 3])
    expect(back.row.label).toBe('r')
    expect(back.row.self).toBe(back.row)
    expect(back.row.map((n) => n * 2)).toBeInstanceOf(Row)
    expect(back.counts).toBeInstanceOf(Counts)
    expect(back.counts.get('a')).toBe(1)
    expect(back.counts.total).toBe(1)
    expect(back.names).toBeInstanceOf(Names)
    expect([...back.names]).toEqual(['x'])
    expect(back.error).toBeInstanceOf(QuotaError)
    expect(back.error).toMatchObject({ message: 'over 5', limit: 5 })
  })

  test('do not run setters of their class', () => {
    @serializable
    class Guarded {
      set value(_: number) {
        throw new Error('the setter ran')
      }
    }
    const guarded = new Guarded()
    Object.defineProperty(guarded, 'value', { value: 7, enumerable: true, configurable: true, writable: true })
    expect(again(guarded).value).toBe(7)
  })

  test('URL and URLSearchParams are registered', () => {
    const back = again({ url: new URL('https://example.org/a?b=1'), query: new URLSearchParams('a=1&a=2') })
    expect(back.url).toBeInstanceOf(URL)
    expect(back.url.href).toBe('https://example.org/a?b=1')
    expect(back.query.getAll('a')).toEqual(['1', '2'])
  })

  test('many of them take little each', () => {
    @serializable
    class Point {
      x: number
      y: number
      constructor(x: number, y: number) {
        this.x = x
        this.y = y
      }
    }
    const points = Array.from({ length: 20_000 }, (_, i) => new Point(i, i / 2))
    const { size } = encodeValue(points, 'points')
    expect(size).toBeLessThan(20_000 * 40)
    expect(again(points)).toStrictEqual(points)
  })
})

describe('registering', () => {
  test('under a name of its own: the class can be renamed later', () => {
    @serializable({ name: 'stable-name' })
    class Before {
      a = 1
    }
    const bytes = Buffer.concat(encodeValue(new Before(), 'v').chunks)
    @serializable({ name: 'stable-name' })
    class After {
      a = 2
      b() {
        return this.a
      }
    }
    const back = decodeValue(bytes) as After
    expect(back).toBeInstanceOf(After)
    expect(back.b()).toBe(1)
  })

  test('two classes under one name: instances of the older one are refused', () => {
    const make = () => {
      @serializable
      class Config {
        a = 1
      }
      return Config
    }
    const First = make()
    const Second = make()
    expect(again(new Second())).toBeInstanceOf(Second)
    expect(() => encodeValue({ c: new First() }, 'settings')).toThrow(
      expect.objectContaining({
        code: 'ARTIFACT_CLASS_NAME_TAKEN',
        message: expect.stringContaining('settings.c') as string,
      }),
    )
  })

  test('a class nobody knows when it is read', () => {
    @serializable({ name: 'soon-forgotten' })
    class Forgotten {}
    const bytes = Buffer.concat(encodeValue(new Forgotten(), 'v').chunks)
    const at = bytes.indexOf('soon-forgotten')
    bytes.write('SOON', at)
    expect(() => decodeValue(bytes)).toThrow(
      expect.objectContaining({
        code: 'ARTIFACT_CLASS_UNKNOWN',
        message: expect.stringContaining("'SOON-forgotten'") as string,
      }),
    )
  })

  test('a class without a name, and only one of write and read', () => {
    expect(() => serializable(class {})).toThrow(expect.objectContaining({ code: 'ARTIFACT_CLASS_NAMELESS' }))
    expect(() => serializable({ write: () => 1 })(class Half {})).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_CLASS_HALF' }),
    )
  })

  const PRIVATE = {
    'a field': 'class A { #secret = 1; get() { return this.#secret } }',
    'a field without a value': 'class A {\n  #secret\n  set(x) { this.#secret = x }\n}',
    'a field of the class it extends':
      'class B { x = 1; #secret = 2; get() { return this.#secret } }\nclass A extends B {}',
  }
  const COMPILERS: Record<string, (code: string) => string> = {
    'no compiler': (code) => code,
    'esbuild for node20': (code) => transformSync(code, { target: 'node20' }).code,
    'esbuild for es2020': (code) => transformSync(code, { target: 'es2020' }).code,
    'esbuild, small': (code) => transformSync(code, { target: 'node20', minify: true }).code,
    'tsc for es2020': (code) => ts.transpile(code, { target: ts.ScriptTarget.ES2020 }),
  }
  const compile = (source: string, compiler: string): new () => object => {
    const compiled = COMPILERS[compiler]?.(`globalThis.made = (() => { ${source}\n return A })()`) ?? ''
    new Function(compiled)()
    return (globalThis as unknown as { made: new () => object }).made
  }

  test.each(
    Object.keys(COMPILERS).flatMap((compiler) => Object.keys(PRIVATE).map((what) => [what, compiler] as const)),
  )('a class with a private member, %s, from %s, needs write and read', (what, compiler) => {
    const A = compile(PRIVATE[what as keyof typeof PRIVATE], compiler)
    expect(() => serializable(A)).toThrow(expect.objectContaining({ code: 'ARTIFACT_CLASS_PRIVATE' }))
    expect(() => serializable({ write: () => 1, read: () => new A() })(A)).not.toThrow()
  })

  test.each(Object.keys(COMPILERS))('private methods and static private fields lose nothing, from %s', (compiler) => {
    const methods = compile('class A { x = 1; #help() { return this.x }; get() { return this.#help() } }', compiler)
    expect(() => serializable(methods)).not.toThrow()
    const statics = compile('class A { static #count = 0; x = 1; static add() { A.#count += 1 } }', compiler)
    expect(() => serializable(statics)).not.toThrow()
  })

  test('legacy decorators', () => {
    const source = `
      @serializable class Old { a = 1 }
      @serializable({ name: 'older' }) class Older { b = new Old() }
      globalThis.legacy = { Old, Older }`
    const outputs = [
      ts.transpile(source, { target: ts.ScriptTarget.ES2022, experimentalDecorators: true }),
      transformSync(source, { loader: 'ts', tsconfigRaw: { compilerOptions: { experimentalDecorators: true } } }).code,
    ]
    for (const output of outputs) {
      new Function('serializable', output)(serializable)
      const { Old, Older } = (globalThis as unknown as { legacy: Record<'Old' | 'Older', new () => { b: unknown }> })
        .legacy
      const back = again(new Older())
      expect(back).toBeInstanceOf(Older)
      expect(back.b).toBeInstanceOf(Old)
    }
  })
})

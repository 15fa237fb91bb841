import { types } from 'node:util'
import { classNameOf } from './names.ts'

const MAX_LENGTH = 100
const MAX_DEPTH = 4
/** Objects with more properties are described by their number. */
const MAX_KEYS = 50

/** What kind of value it is, for people: `number`, `Array(3)`, `Float64Array(100)`, `Model`. Runs no code of the user's. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  if (types.isProxy(value)) return 'Proxy'
  const name = nameOf(value)
  const size = sizeOfCollection(value)
  return size === undefined ? name : `${name}(${size})`
}

/** One line of at most 100 characters that shows the value. Runs no code of the user's, and never throws. */
export function previewOf(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  const line = new Line()
  try {
    line.value(value, 0)
  } catch {
    return shortened(typeOf(value))
  }
  return line.text()
}

const shortened = (text: string): string => (text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`)

const nameOf = (value: object): string => classNameOf(Object.getPrototypeOf(value) as object | null).slice(0, 60)

function sizeOfCollection(value: object): number | undefined {
  if (Array.isArray(value)) return value.length
  if (types.isMap(value)) return MAP_SIZE.call(value) as number
  if (types.isSet(value)) return SET_SIZE.call(value) as number
  if (types.isTypedArray(value)) return TYPED_LENGTH.call(value) as number
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return value.byteLength
  return undefined
}

type Getter = (this: object) => unknown
const getterOf = (prototype: object, key: string): Getter =>
  Object.getOwnPropertyDescriptor(prototype, key)?.get as Getter
const MAP_SIZE = getterOf(Map.prototype, 'size')
const SET_SIZE = getterOf(Set.prototype, 'size')
const REGEXP_SOURCE = getterOf(RegExp.prototype, 'source')
const TYPED_LENGTH = getterOf(Object.getPrototypeOf(Uint8Array.prototype) as object, 'length')

/** Collects text until the line is full. */
class Line {
  #text = ''

  text(): string {
    return shortened(this.#text)
  }

  get #full(): boolean {
    return this.#text.length > MAX_LENGTH
  }

  value(value: unknown, depth: number): void {
    if (typeof value === 'string') this.#text += quoted(value)
    else if (typeof value === 'object' && value !== null) this.#object(value, depth)
    else this.#text += primitiveText(value)
  }

  #object(value: object, depth: number): void {
    if (types.isProxy(value)) this.#text += 'Proxy'
    else if (types.isDate(value)) this.#text += dateText(value)
    else if (types.isNativeError(value)) this.#text += errorText(value)
    else if (types.isRegExp(value)) this.#text += quoted(regExpText(value)).slice(1, -1)
    else if (types.isBoxedPrimitive(value)) this.#text += typeOf(value)
    else if (types.isAnyArrayBuffer(value) || types.isDataView(value) || types.isPromise(value))
      this.#text += typeOf(value)
    else if (depth >= MAX_DEPTH) this.#text += Array.isArray(value) ? '[…]' : '{…}'
    else this.#container(value, depth)
  }

  #container(value: object, depth: number): void {
    if (Array.isArray(value)) this.#items(plainPrefix(value, 'Array'), value, value.length, depth)
    else if (types.isTypedArray(value)) {
      const length = TYPED_LENGTH.call(value) as number
      this.#items(`${nameOf(value)}(${length}) `, value as ArrayLike<unknown>, length, depth)
    } else if (types.isMap(value)) this.#map(value as ReadonlyMap<unknown, unknown>, depth)
    else if (types.isSet(value)) this.#set(value as ReadonlySet<unknown>, depth)
    else this.#properties(value, depth)
  }

  #items(prefix: string, value: ArrayLike<unknown>, length: number, depth: number): void {
    this.#text += `${prefix}[`
    for (let i = 0; i < length && !this.#full; i += 1) {
      if (i > 0) this.#text += ', '
      this.#property(value, String(i), depth)
    }
    this.#text += ']'
  }

  #map(value: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.#text += `${nameOf(value)}(${String(MAP_SIZE.call(value))}) {`
    let separator = ' '
    for (const [key, item] of Map.prototype.entries.call(value) as Iterable<[unknown, unknown]>) {
      if (this.#full) break
      this.#text += separator
      this.value(key, depth + 1)
      this.#text += ' => '
      this.value(item, depth + 1)
      separator = ', '
    }
    this.#text += ' }'
  }

  #set(value: ReadonlySet<unknown>, depth: number): void {
    this.#text += `${nameOf(value)}(${String(SET_SIZE.call(value))}) {`
    let separator = ' '
    for (const item of Set.prototype.values.call(value) as Iterable<unknown>) {
      if (this.#full) break
      this.#text += separator
      this.value(item, depth + 1)
      separator = ', '
    }
    this.#text += ' }'
  }

  #properties(value: object, depth: number): void {
    const keys = Object.keys(value)
    this.#text += plainPrefix(value, 'Object')
    if (keys.length === 0) {
      this.#text += '{}'
      return
    }
    this.#text += '{ '
    for (const [i, key] of keys.slice(0, MAX_KEYS).entries()) {
      if (this.#full) break
      this.#text += `${i > 0 ? ', ' : ''}${/^[\w$]+$/.test(key) ? key : quoted(key)}: `
      this.#property(value, key, depth)
    }
    this.#text += keys.length > MAX_KEYS ? `, … ${keys.length - MAX_KEYS} more }` : ' }'
  }

  #property(value: object, key: string, depth: number): void {
    const property = Object.getOwnPropertyDescriptor(value, key)
    if (property === undefined) this.#text += 'empty'
    else if ('value' in property) this.value(property.value, depth + 1)
    else this.#text += '(getter)'
  }
}

const quoted = (text: string): string =>
  JSON.stringify(text.slice(0, MAX_LENGTH)).replace(/[\u2028\u2029\u{7f}-\u{9f}]/gu, ' ')

/** Any value but strings and objects. */
function primitiveText(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'bigint') return bigintText(value)
  return typeof value === 'function' || typeof value === 'symbol' ? typeof value : String(value)
}

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/** Writing all digits of a huge number takes quadratic time. */
const bigintText = (value: bigint): string =>
  BigInt.asIntN(512, value) === value ? `${value}n` : `a ${value < 0n ? 'negative ' : ''}bigint of many digits`

/** `Array` and `Object` go without saying. */
function plainPrefix(value: object, plain: string): string {
  const name = nameOf(value)
  return name === plain ? '' : `${name} `
}

function dateText(value: Date): string {
  const time = Date.prototype.getTime.call(value)
  return Number.isNaN(time) ? 'Invalid Date' : Date.prototype.toISOString.call(value)
}

function errorText(value: Error): string {
  const message: unknown = Object.getOwnPropertyDescriptor(value, 'message')?.value
  return typeof message === 'string' && message !== ''
    ? `${nameOf(value)}: ${quoted(message).slice(1, -1)}`
    : nameOf(value)
}

const regExpText = (value: RegExp): string => {
  const source = REGEXP_SOURCE.call(value) as string
  return `/${source}/`
}

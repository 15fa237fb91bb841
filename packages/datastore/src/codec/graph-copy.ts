import { types } from 'node:util'
import { flowError, isFlowctlError } from '@flowctl/core'
import { builtinError, ERROR_PROPERTIES } from './builtin-errors.ts'
import { classNameOf, isBuiltinPrototype, unstorableKind } from './names.ts'
import { classNamed, classOfPrototype, type RegisteredClass } from './registry.ts'
import { setOwn, SHAPE, shapeOf, type Shape } from './instance-shapes.ts'
import type { ValuePath } from './value-path.ts'
import { binaryKind } from './views.ts'

/** An instance that V8 alone would not give back as it was. */
export interface Instance {
  readonly shape: Shape
  /** Name of its class; of a built-in error its type; empty for an object without a prototype. */
  readonly className: string
}

export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded'
}

const LEAVES = ['Date', 'RegExp', 'Number', 'Boolean', 'String', 'BigInt'] as const

/**
 * Copies a graph of values so that V8 can write it: every instance is replaced by an empty view that stands for it, and its
 * contents are kept apart, in an order in which those that `read` needs come first. What cannot be stored is an error with its path.
 */
export class GraphCopy {
  readonly instances: Instance[] = []
  /** For every instance, in the order in which they are to be read: its number and what is in it. */
  readonly contents: { readonly of: number; readonly data: unknown }[] = []
  readonly references = new Map<object, number>()
  readonly #copies = new Map<object, object>()
  readonly #unfinished = new Set<object>()
  readonly #path: ValuePath

  constructor(path: ValuePath) {
    this.#path = path
  }

  copyOf(value: unknown): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') throw this.#unstorable(value)
    if (typeof value !== 'object' || value === null) return value
    const copied = this.#copies.get(value)
    if (copied !== undefined) {
      if (this.#unfinished.has(value)) throw this.#fault('ARTIFACT_CYCLE', value)
      return copied
    }
    if (types.isProxy(value)) throw this.#unstorable(value)
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === null) return this.#bare(value)
    const registered = classOfPrototype(prototype)
    if (registered !== undefined) return this.#registered(value, registered)
    if (binaryKind(value) !== undefined) return value
    return this.#builtin(value, prototype)
  }

  #builtin(value: object, prototype: object): unknown {
    const is = (type: { readonly name: string; readonly prototype: unknown }): boolean =>
      prototype === type.prototype || isBuiltinPrototype(prototype, type.name)
    if (Array.isArray(value) && is(Array))
      return this.#copyItems(value, this.#begin(value, new Array<unknown>(value.length)))
    if (types.isMap(value) && is(Map)) return this.#map(value)
    if (types.isSet(value) && is(Set)) return this.#set(value)
    if (types.isNativeError(value)) {
      const name =
        builtinError(prototype) ?? (isBuiltinPrototype(prototype, classNameOf(prototype)) && classNameOf(prototype))
      if (typeof name === 'string') return this.#error(value, name)
    }
    const unstorable = unstorableKind(value)
    if (unstorable !== undefined) throw this.#unstorable(value)
    if (typeof shapeOf(value) === 'string') {
      const leaf = LEAVES.find((name) => is({ name, prototype: globalThis[name].prototype }))
      if (leaf !== undefined) return this.#withoutProperties(value, leaf)
    }
    if (!is(Object)) throw this.#fault('ARTIFACT_CLASS_UNREGISTERED', value)
    return this.#copyProperties(value, this.#begin(value, {}))
  }

  #begin<T extends object>(value: object, copy: T): T {
    this.#copies.set(value, copy)
    return copy
  }

  #copyItems(value: readonly unknown[], copy: unknown[]): object {
    for (const key of this.#keys(value)) {
      const index = Number(key)
      const isIndex = index < value.length && String(index) === key
      if (isIndex) this.#path.item(key)
      else this.#path.property(key)
      setOwn(copy, key, this.#copyProperty(value, key))
      this.#path.leave()
    }
    return copy
  }

  #map(value: ReadonlyMap<unknown, unknown>): object {
    this.#withoutProperties(value, 'Map')
    const copy = this.#begin(value, new Map<unknown, unknown>())
    const flat = this.#entries(value)
    for (let i = 0; i < flat.length; i += 2) copy.set(flat[i], flat[i + 1])
    return copy
  }

  #entries(value: ReadonlyMap<unknown, unknown>): unknown[] {
    const flat: unknown[] = []
    for (const [key, item] of Map.prototype.entries.call(value) as Iterable<[unknown, unknown]>) {
      const position = flat.length / 2
      this.#path.member('keys', position)
      flat.push(this.copyOf(key))
      this.#path.leave()
      this.#path.mapValue(key, position)
      flat.push(this.copyOf(item))
      this.#path.leave()
    }
    return flat
  }

  #set(value: ReadonlySet<unknown>): object {
    this.#withoutProperties(value, 'Set')
    const copy = this.#begin(value, new Set<unknown>())
    for (const item of this.#members(value)) copy.add(item)
    return copy
  }

  #members(value: ReadonlySet<unknown>): unknown[] {
    const flat: unknown[] = []
    for (const item of Set.prototype.values.call(value) as Iterable<unknown>) {
      this.#path.member('values', flat.length)
      flat.push(this.copyOf(item))
      this.#path.leave()
    }
    return flat
  }

  #bare(value: object): object {
    const unstorable = unstorableKind(value)
    if (unstorable !== undefined) throw this.#unstorable(value)
    return this.#instance(value, { shape: SHAPE.bare, className: '' }, () => [this.#copyProperties(value, {})])
  }

  #error(value: Error, className: string): object {
    return this.#instance(value, { shape: SHAPE.error, className }, () => this.#contents(value, SHAPE.error))
  }

  #registered(value: object, type: RegisteredClass): object {
    if (classNamed(type.name) !== type) throw this.#fault('ARTIFACT_CLASS_NAME_TAKEN', value, type.name)
    const { write } = type
    if (write === undefined) {
      const shape = shapeOf(value)
      if (typeof shape === 'string') throw this.#fault('ARTIFACT_CLASS_BASE', value, shape)
      return this.#instance(value, { shape, className: type.name }, () => this.#contents(value, shape))
    }
    return this.#instance(value, { shape: SHAPE.custom, className: type.name }, () => {
      this.#unfinished.add(value)
      const data = this.copyOf(this.#run(() => write(value as never)))
      this.#unfinished.delete(value)
      return data
    })
  }

  #contents(value: object, shape: Shape): unknown {
    if (shape === SHAPE.map)
      return [this.#copyProperties(value, {}), this.#entries(value as ReadonlyMap<unknown, unknown>)]
    if (shape === SHAPE.set) return [this.#copyProperties(value, {}), this.#members(value as ReadonlySet<unknown>)]
    if (shape === SHAPE.array) {
      const items = value as readonly unknown[]
      return [{}, this.#copyItems(items, new Array<unknown>(items.length))]
    }
    if (shape === SHAPE.error) return [this.#copyProperties(value, {}), this.#hiddenOfError(value)]
    return [this.#copyProperties(value, {})]
  }

  #hiddenOfError(value: object): object {
    const hidden = {}
    for (const key of ERROR_PROPERTIES) {
      if (!Object.hasOwn(value, key) || Object.prototype.propertyIsEnumerable.call(value, key)) continue
      this.#path.property(key)
      setOwn(hidden, key, this.#copyProperty(value, key))
      this.#path.leave()
    }
    return hidden
  }

  #instance(value: object, instance: Instance, contents: () => unknown): object {
    const placeholder = this.#begin(value, new Uint8Array(0))
    const number = this.instances.push(instance) - 1
    this.references.set(placeholder, number)
    const data = contents()
    this.contents.push({ of: number, data })
    return placeholder
  }

  #copyProperties(value: object, copy: object): object {
    for (const key of this.#keys(value)) {
      this.#path.property(key)
      setOwn(copy, key, this.#copyProperty(value, key))
      this.#path.leave()
    }
    return copy
  }

  #copyProperty(value: object, key: string): unknown {
    return this.copyOf(this.#run(() => (value as Record<string, unknown>)[key]))
  }

  #keys(value: object): string[] {
    for (const key of Object.getOwnPropertySymbols(value)) {
      if (Object.prototype.propertyIsEnumerable.call(value, key)) {
        throw flowError('ARTIFACT_SYMBOL_KEY', { path: String(this.#path), key: String(key) })
      }
    }
    return Object.keys(value)
  }

  #withoutProperties(value: object, kind: string): object {
    const key = kind === 'String' ? undefined : this.#keys(value)[0]
    if (key === undefined) return value
    throw flowError('ARTIFACT_EXTRA_PROPERTY', { path: String(this.#path), kind, key })
  }

  /** Runs code of the user: a getter, a write function. */
  #run(code: () => unknown): unknown {
    try {
      return code()
    } catch (cause) {
      if (isFlowctlError(cause) || isStackOverflow(cause)) throw cause
      const problem = types.isNativeError(cause) ? cause.message : 'it threw'
      throw flowError('ARTIFACT_READ_FAILED', { path: String(this.#path), problem }, { cause })
    }
  }

  #unstorable(value: unknown): Error {
    return flowError('ARTIFACT_NOT_STORABLE', { path: String(this.#path), kind: unstorableKind(value) ?? 'a value' })
  }

  #fault(
    code: 'ARTIFACT_CYCLE' | 'ARTIFACT_CLASS_UNREGISTERED' | 'ARTIFACT_CLASS_BASE' | 'ARTIFACT_CLASS_NAME_TAKEN',
    value: object,
    name = '',
  ): Error {
    const className = classNameOf(Object.getPrototypeOf(value) as object | null)
    return flowError(code, { path: String(this.#path), className, base: name, name })
  }
}

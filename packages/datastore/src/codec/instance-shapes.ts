import { types } from 'node:util'

/**
 * The shape of an instance: as what kind of object it begins, before its contents are filled in. The numbers are in stored
 * values: only ever add.
 */
export const SHAPE = {
  object: 0,
  array: 1,
  map: 2,
  set: 3,
  error: 4,
  /** Made by the class's own `read`, when its data is there. */
  custom: 5,
  /** An object without a prototype; has no class. */
  bare: 6,
} as const

export type Shape = (typeof SHAPE)[keyof typeof SHAPE]

/** The shape of an instance of a registered class; otherwise the built-in class whose contents nobody could see. */
export function shapeOf(instance: object): Shape | string {
  if (Array.isArray(instance)) return SHAPE.array
  if (types.isMap(instance)) return SHAPE.map
  if (types.isSet(instance)) return SHAPE.set
  if (types.isNativeError(instance)) return SHAPE.error
  if (types.isDate(instance)) return 'Date'
  if (types.isRegExp(instance)) return 'RegExp'
  if (types.isPromise(instance)) return 'Promise'
  if (types.isTypedArray(instance)) return instance[Symbol.toStringTag]
  if (types.isDataView(instance)) return 'DataView'
  if (types.isAnyArrayBuffer(instance)) return 'ArrayBuffer'
  if (types.isWeakMap(instance)) return 'WeakMap'
  if (types.isWeakSet(instance)) return 'WeakSet'
  if (types.isBoxedPrimitive(instance)) return 'a primitive'
  return SHAPE.object
}

const BASES = new Map<Shape, Function>([
  [SHAPE.array, Array],
  [SHAPE.map, Map],
  [SHAPE.set, Set],
  [SHAPE.error, Error],
])

/** A fresh, empty instance. Constructors of the class do not run. */
export function makeInstance(shape: Shape, prototype: object | null): object {
  const base = BASES.get(shape)
  if (base === undefined) return Object.create(prototype) as object
  const made = Reflect.construct(base, []) as object
  if (shape === SHAPE.error) Reflect.deleteProperty(made, 'stack')
  return Object.setPrototypeOf(made, prototype) as object
}

/** Sets an own property without running a setter above; `__proto__` is a name like any other. */
export function setOwn(target: object, key: string, value: unknown, enumerable = true): void {
  if (enumerable && !(key in target)) (target as Record<string, unknown>)[key] = value
  else Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

/** What is filled into a fresh instance. Written as an array: `[properties]`, `[properties, items]` or `[properties, hidden]`. */
export type InstanceContents = readonly [properties: object, more?: readonly unknown[] | object]

/** Fills a fresh instance. */
export function fillInstance(shape: Shape, target: object, contents: InstanceContents): void {
  const [properties, more] = contents
  if (shape === SHAPE.map) {
    const items = more as readonly unknown[]
    for (let i = 0; i < items.length; i += 2) Map.prototype.set.call(target, items[i], items[i + 1])
  } else if (shape === SHAPE.set) {
    for (const item of more as readonly unknown[]) Set.prototype.add.call(target, item)
  } else if (shape === SHAPE.array) {
    const items = more as readonly unknown[]
    ;(target as unknown[]).length = items.length
    for (const key of Object.keys(items)) setOwn(target, key, (items as unknown as Record<string, unknown>)[key])
  } else if (shape === SHAPE.error) {
    for (const [key, value] of Object.entries(more as object)) setOwn(target, key, value, false)
  }
  for (const key of Object.keys(properties)) setOwn(target, key, (properties as Record<string, unknown>)[key])
}

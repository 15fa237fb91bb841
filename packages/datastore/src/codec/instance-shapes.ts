import { types } from 'node:util'

/**
 * How an instance is kept: as what kind of object it begins, before its contents are filled in. The numbers are in stored
 * values: only ever add.
 */
export const SHELL = {
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

export type Shell = (typeof SHELL)[keyof typeof SHELL]

/** The shell of an instance of a registered class; otherwise the built-in class whose contents nobody could see. */
export function shellOf(instance: object): Shell | string {
  if (Array.isArray(instance)) return SHELL.array
  if (types.isMap(instance)) return SHELL.map
  if (types.isSet(instance)) return SHELL.set
  if (types.isNativeError(instance)) return SHELL.error
  if (types.isDate(instance)) return 'Date'
  if (types.isRegExp(instance)) return 'RegExp'
  if (types.isPromise(instance)) return 'Promise'
  if (types.isTypedArray(instance)) return instance[Symbol.toStringTag]
  if (types.isDataView(instance)) return 'DataView'
  if (types.isAnyArrayBuffer(instance)) return 'ArrayBuffer'
  if (types.isWeakMap(instance)) return 'WeakMap'
  if (types.isWeakSet(instance)) return 'WeakSet'
  if (types.isBoxedPrimitive(instance)) return 'a primitive'
  return SHELL.object
}

const BASES = new Map<Shell, Function>([
  [SHELL.array, Array],
  [SHELL.map, Map],
  [SHELL.set, Set],
  [SHELL.error, Error],
])

/** A fresh, empty instance. Constructors of the class do not run. */
export function makeShell(shell: Shell, prototype: object | null): object {
  const base = BASES.get(shell)
  if (base === undefined) return Object.create(prototype) as object
  const made = Reflect.construct(base, []) as object
  if (shell === SHELL.error) Reflect.deleteProperty(made, 'stack')
  return Object.setPrototypeOf(made, prototype) as object
}

/** Sets an own property without running a setter above; `__proto__` is a name like any other. */
export function setOwn(target: object, key: string, value: unknown, enumerable = true): void {
  if (enumerable && !(key in target)) (target as Record<string, unknown>)[key] = value
  else Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

const ERRORS: ReadonlyMap<object, string> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError].map((type) => [
    type.prototype,
    type.name,
  ]),
)
const ERROR_PROTOTYPES: ReadonlyMap<string, object> = new Map([...ERRORS].map(([prototype, name]) => [name, prototype]))

/** The name of a built-in class of errors. */
export const builtinError = (prototype: object): string | undefined => ERRORS.get(prototype)
export const builtinErrorPrototype = (name: string): object | undefined => ERROR_PROTOTYPES.get(name)

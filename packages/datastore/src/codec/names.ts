import { types } from 'node:util'

/** The name of the class whose instances have this prototype, found without running anything of the user's. */
export function classNameOf(prototype: object | null): string {
  for (let current = prototype; current !== null; current = Object.getPrototypeOf(current) as object | null) {
    if (types.isProxy(current)) return 'Proxy'
    const constructor: unknown = Object.getOwnPropertyDescriptor(current, 'constructor')?.value
    if (typeof constructor !== 'function' || types.isProxy(constructor)) continue
    const name: unknown = Object.getOwnPropertyDescriptor(constructor, 'name')?.value
    if (typeof name === 'string' && name !== '') return name
  }
  return 'Object'
}

/** Whether this is what `name.prototype` is in some realm: values may come from another one (a `vm` context, Jest). */
export function isBuiltinPrototype(prototype: object, name: string): boolean {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  if (typeof constructor !== 'function' || types.isProxy(constructor)) return false
  if (Object.getOwnPropertyDescriptor(constructor, 'name')?.value !== name) return false
  return Function.prototype.toString.call(constructor) === `function ${name}() { [native code] }`
}

/** What a value that cannot be stored is, for a message: `a function`, `a promise`; `undefined` for ordinary instances. */
export function unstorableKind(value: unknown): string | undefined {
  if (typeof value === 'function') {
    return /^class\b/.test(Function.prototype.toString.call(value)) ? 'a class' : 'a function'
  }
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value !== 'object' || value === null) return undefined
  if (types.isProxy(value)) return 'a Proxy'
  if (types.isPromise(value)) return 'a promise'
  if (types.isWeakMap(value)) return 'a WeakMap'
  if (types.isWeakSet(value)) return 'a WeakSet'
  if (value instanceof WeakRef) return 'a WeakRef'
  if (types.isGeneratorObject(value)) return 'a generator'
  if (types.isMapIterator(value) || types.isSetIterator(value)) return 'an iterator'
  if (types.isSharedArrayBuffer(value)) return 'a SharedArrayBuffer'
  if (types.isModuleNamespaceObject(value)) return 'a module'
  if (types.isExternal(value)) return 'a native handle'
  if (types.isSymbolObject(value)) return 'a symbol'
  if (ITERATOR_PROTOTYPES.has(Object.getPrototypeOf(value) as object)) return 'an iterator'
  return undefined
}

const ITERATOR_PROTOTYPES = new Set<object>(
  [[][Symbol.iterator](), ''[Symbol.iterator](), ''.matchAll(/./g)].map(
    (iterator) => Object.getPrototypeOf(iterator) as object,
  ),
)

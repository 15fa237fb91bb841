/** How a class is stored. Without `write` and `read`: its own properties, given back without running the constructor. */
export interface RegisteredClass {
  readonly name: string
  readonly prototype: object
  readonly write?: (instance: never) => unknown
  readonly read?: (data: never) => object
}

interface Registry {
  readonly byName: Map<string, RegisteredClass>
  readonly byPrototype: WeakMap<object, RegisteredClass>
}

/** One for the process: a package that a flow imports may bring a copy of this module of its own. */
const KEY = Symbol.for('flowctl.serializable.1')
const shared = globalThis as { [KEY]?: Registry }
const registry: Registry = (shared[KEY] ??= { byName: new Map(), byPrototype: new WeakMap() })

/** The newest class of a name is the one that values are read as: a module may be loaded again. */
export function register(entry: RegisteredClass): void {
  registry.byName.set(entry.name, entry)
  registry.byPrototype.set(entry.prototype, entry)
}

export function classOfPrototype(prototype: object): RegisteredClass | undefined {
  return registry.byPrototype.get(prototype)
}

export function classNamed(name: string): RegisteredClass | undefined {
  return registry.byName.get(name)
}

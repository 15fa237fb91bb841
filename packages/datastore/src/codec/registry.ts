/** How a class is stored. Without `write` and `read`: its own properties, given back without running the constructor. */
export interface RegisteredClass {
  readonly name: string
  readonly prototype: object
  readonly write?: (instance: never) => unknown
  readonly read?: (data: never) => object
}

const byName = new Map<string, RegisteredClass>()
const byPrototype = new WeakMap<object, RegisteredClass>()

/** The newest class of a name is the one that values are read as: a module may be loaded again. */
export function register(entry: RegisteredClass): void {
  byName.set(entry.name, entry)
  byPrototype.set(entry.prototype, entry)
}

export function classOfPrototype(prototype: object): RegisteredClass | undefined {
  return byPrototype.get(prototype)
}

export function classNamed(name: string): RegisteredClass | undefined {
  return byName.get(name)
}

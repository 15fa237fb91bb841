import { binaryKind } from './views.ts'

/** Arrays up to this length are looked through for properties with a name, too: `RegExp` matches have them. */
const SHORT_ARRAY = 32
const MANY_HOLES = 1000

/**
 * Checks, quickly, before a value is stored, whether V8 alone keeps all of it (`isPlain`), and about how many bytes it takes at
 * least. A value that is not plain is copied by `GraphCopy`, which finds instances of classes, and faults with their path.
 * Getters run: what they give is what is stored, as with `JSON.stringify`.
 */
export class PlainCheck {
  bytes = 0
  #seen: Set<object> | undefined

  isPlain(value: unknown): boolean {
    switch (typeof value) {
      case 'string':
        this.bytes += value.length
        return true
      case 'number':
      case 'boolean':
      case 'undefined':
      case 'bigint':
        return true
      case 'object':
        return value === null || this.#object(value)
      default:
        return false
    }
  }

  #object(value: object): boolean {
    const prototype: unknown = Object.getPrototypeOf(value)
    const container = prototype === Object.prototype || prototype === Array.prototype || prototype === Map.prototype
    if (container || prototype === Set.prototype) {
      if (this.#seen === undefined) this.#seen = new Set()
      else if (this.#seen.has(value)) return true
      this.#seen.add(value)
    }
    switch (prototype) {
      case Object.prototype:
        return this.#properties(value as Record<string, unknown>)
      case Array.prototype:
        return this.#array(value as readonly unknown[])
      case Map.prototype:
        return hasNoProperties(value) && this.#map(value as ReadonlyMap<unknown, unknown>)
      case Set.prototype:
        return hasNoProperties(value) && this.#set(value as ReadonlySet<unknown>)
      case Date.prototype:
      case RegExp.prototype:
      case Number.prototype:
      case Boolean.prototype:
        return hasNoProperties(value)
      default:
        if (binaryKind(value) === undefined) return false
        this.bytes += (value as ArrayBuffer | ArrayBufferView).byteLength
        return true
    }
  }

  #properties(value: Record<string, unknown>): boolean {
    if (Object.getOwnPropertySymbols(value).length > 0) return false
    for (const key of Object.keys(value)) {
      this.bytes += key.length
      if (!this.isPlain(value[key])) return false
    }
    return true
  }

  #array(value: readonly unknown[]): boolean {
    if (value.length <= SHORT_ARRAY && Reflect.ownKeys(value).length > value.length + 1) return false
    let holes = 0
    for (let i = 0; i < value.length; i += 1) {
      const item = value[i]
      if (typeof item === 'number') continue
      if (item === undefined && !(i in value)) {
        holes += 1
        if (holes > MANY_HOLES) return false
      } else if (!this.isPlain(item)) {
        return false
      }
    }
    this.bytes += value.length
    return true
  }

  #map(value: ReadonlyMap<unknown, unknown>): boolean {
    for (const [key, item] of value) {
      if (!this.isPlain(key) || !this.isPlain(item)) return false
    }
    return true
  }

  #set(value: ReadonlySet<unknown>): boolean {
    for (const item of value) {
      if (!this.isPlain(item)) return false
    }
    return true
  }
}

function hasNoProperties(value: object): boolean {
  return Reflect.ownKeys(value).every((key) => key === 'lastIndex')
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** Where we are inside an artifact, as code that reads it: `model.layers[2].activation`. */
export class ValuePath {
  readonly #parts: string[]

  constructor(name: string) {
    this.#parts = [name]
  }

  property(key: string): void {
    this.#parts.push(IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`)
  }

  item(index: string | number): void {
    this.#parts.push(`[${index}]`)
  }

  mapValue(key: unknown, position: number): void {
    const simple = typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean'
    this.#parts.push(simple ? `.get(${JSON.stringify(key)})` : `.values()[${position}]`)
  }

  /** Key of a Map (`keys`) or member of a Set (`values`) by its position. */
  member(list: 'keys' | 'values', position: number): void {
    this.#parts.push(`.${list}()[${position}]`)
  }

  leave(): void {
    this.#parts.pop()
  }

  /** Deep paths keep their beginning and their end. */
  toString(): string {
    const parts = this.#parts
    return parts.length <= 24 ? parts.join('') : `${parts.slice(0, 12).join('')}...${parts.slice(-8).join('')}`
  }
}

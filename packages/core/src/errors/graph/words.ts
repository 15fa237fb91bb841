/** Details of the problems that are seen while a single `this.next(...)` is read. */
export interface InTransition {
  readonly step: string
  /** The piece of source that is meant. */
  readonly text: string
}

/** Every way to write a transition. */
export const FORMS =
  "this.next(this.a), this.next(this.a, this.b), this.next(this.a, { foreach: 'items' }) or this.next({ x: this.a, y: this.b }, { condition: 'field' })"

export const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')

/** Asks whether the nearest name was meant, where there is one. */
export const maybe = (nearest: string | undefined, otherwise: string): string =>
  nearest === undefined ? otherwise : `Did you mean '${nearest}'?`

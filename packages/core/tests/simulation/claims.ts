import type { Slice } from '@flowctl/core'

/** Who runs what, and what others have heard of that. */
export class Claims {
  /** Slices by the delivery that runs them. */
  readonly #running = new Map<number, string>()
  #heard = new Map<number, string>()

  begins(token: number, slice: Slice): void {
    this.#running.set(token, nameOf(slice))
  }

  /** It is done, or dead. */
  ends(token: number): void {
    this.#running.delete(token)
    this.#heard.delete(token)
  }

  /** Nobody believes any more that it is there. */
  isSilent(token: number): void {
    this.#heard.delete(token)
  }

  /** Those who are awake say what they run. */
  beat(isAwake: (token: number) => boolean): void {
    this.#heard = new Map([...this.#running].filter(([token]) => isAwake(token)))
  }

  /** Whether another delivery is heard of to run a slice. */
  isHeard(slice: Slice, token: number): boolean {
    return isIn(this.#heard, slice, token)
  }

  /** Deliveries besides this one that run a slice, whether anybody has heard of them or not. */
  runners(slice: Slice, token: number): number[] {
    return [...this.#running]
      .filter(([other, name]) => other !== token && name === nameOf(slice))
      .map(([other]) => other)
  }
}

function isIn(running: ReadonlyMap<number, string>, slice: Slice, token: number): boolean {
  for (const [other, name] of running) if (other !== token && name === nameOf(slice)) return true
  return false
}

const nameOf = ({ head, key }: Slice): string => `${head}/${key}`

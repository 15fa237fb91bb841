/**
 * Tells whether positions are read one after the other, and so how far it pays to read ahead: nothing at the first read, then twice
 * as far each time that a scan comes to the end of what was read.
 */
export class Scan {
  readonly #widest: number
  #width = 1
  #last = -1
  #covered = 0

  constructor(widest: number) {
    this.#widest = widest
  }

  /** How many positions are to be read before this one is used; 0: it has been. Then `covered` says how far that went. */
  widthAt(position: number): number {
    const goesOn = position >= this.#last && position <= this.#covered
    this.#last = position
    if (goesOn && position < this.#covered) return 0
    this.#width = goesOn && position > 0 ? Math.min(2 * this.#width, this.#widest) : 1
    return this.#width
  }

  /** Positions before `to` are at hand. */
  covered(to: number): void {
    this.#covered = to
  }
}

/** The slots of one worker, shared by all queues it serves. */
export class SlotGate {
  readonly size: number
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(size: number) {
    this.size = size
    this.#free = size
  }

  get free(): number {
    return this.#free
  }

  get busy(): number {
    return this.size - this.#free
  }

  /** Whether a slot was free within the time, in milliseconds; it is the caller's then. */
  async acquire(timeoutMs: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1
      return true
    }
    return new Promise((resolve) => {
      const got = (): void => {
        clearTimeout(timer)
        resolve(true)
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(got), 1)
        resolve(false)
      }, timeoutMs)
      this.#waiting.push(got)
    })
  }

  release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

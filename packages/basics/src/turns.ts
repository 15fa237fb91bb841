interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Lets so many in at a time; the others wait in line. */
export class Turns {
  readonly most: number
  readonly #line = new Set<Waiting>()
  #taken = 0
  #refusal: { readonly error: unknown } | undefined

  constructor(most: number) {
    this.most = most
  }

  /** Turns that are taken, those beyond the limit included. */
  get taken(): number {
    return this.#taken
  }

  get free(): number {
    return Math.max(0, this.most - this.#taken)
  }

  /** Resolves with a turn, to be given back. Rejects with the signal's reason once it is aborted, or after `refuse`. */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (!this.#takeFree()) await this.#wait(signal)
  }

  /** Whether there was a turn within the time, in milliseconds: if so it is taken. Rejects after `refuse`. */
  async takeWithin(timeoutMs: number): Promise<boolean> {
    if (this.#takeFree()) return true
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    try {
      await this.#wait(late.signal)
      return true
    } catch (error) {
      if (late.signal.aborted) return false
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** A turn beyond the limit. Until as many are given back, nobody in the line gets one for it. */
  takeExtra(): void {
    this.#taken += 1
  }

  give(): void {
    const [first] = this.#line
    if (first === undefined || this.#taken > this.most) {
      this.#taken -= 1
      return
    }
    this.#line.delete(first)
    first.resolve()
  }

  /** Everybody in the line, and who comes later, is refused with this error. */
  refuse(error: unknown): void {
    this.#refusal = { error }
    for (const waiting of this.#line) waiting.reject(error)
    this.#line.clear()
  }

  #takeFree(): boolean {
    if (this.#refusal !== undefined) throw this.#refusal.error
    if (this.#taken >= this.most) return false
    this.#taken += 1
    return true
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const left = (): void => signal?.removeEventListener('abort', abort)
      const waiting: Waiting = {
        resolve: () => {
          left()
          resolve()
        },
        reject: (error) => {
          left()
          reject(error)
        },
      }
      const abort = (): void => {
        this.#line.delete(waiting)
        waiting.reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort)
      this.#line.add(waiting)
    })
  }
}

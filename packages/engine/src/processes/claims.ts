import type { TaskProcess } from './task-process.ts'

interface Claim {
  /** A kind of process, or one for this claim alone. */
  readonly wanted: string
  readonly resolve: (process: TaskProcess) => void
  readonly reject: (error: unknown) => void
}

/** Who waits for a process, in the order in which they came. */
export class Claims {
  readonly #claims = new Set<Claim>()

  /** Resolves when the claim is met. Once the signal is aborted it is given up: `abandoned` is called, and its reason is thrown. */
  wait(wanted: string, signal: AbortSignal | undefined, abandoned: () => void): Promise<TaskProcess> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#claims.delete(claim)
        abandoned()
        claim.reject(signal?.reason)
      }
      const settle = (): void => signal?.removeEventListener('abort', abort)
      const claim: Claim = {
        wanted,
        resolve: (process) => (settle(), resolve(process)),
        reject: (error) => (settle(), reject(error as Error)),
      }
      signal?.addEventListener('abort', abort)
      this.#claims.add(claim)
    })
  }

  /** How many wait for this. */
  count(wanted: string): number {
    return [...this.#claims].filter((one) => one.wanted === wanted).length
  }

  /** Takes the one out of the line that has waited longest for this. */
  next(wanted: string): Pick<Claim, 'resolve' | 'reject'> | undefined {
    for (const claim of this.#claims) {
      if (claim.wanted !== wanted) continue
      this.#claims.delete(claim)
      return claim
    }
    return undefined
  }

  rejectAll(error: unknown): void {
    for (const claim of this.#claims) claim.reject(error)
    this.#claims.clear()
  }
}

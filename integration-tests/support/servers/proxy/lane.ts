import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What is wrong with one direction of a connection. */
export interface LaneFaults {
  /** Added to every piece of data. */
  delayMs: number
  /** Data is held, and so is the news that a side has closed. */
  isBlackHole: boolean
  bytesPerSecond: number
}

/** What goes on, and what is to happen once it has. */
export interface Passed {
  readonly bytes: Buffer
  readonly afterwards?: () => void
}

type Held = Buffer | (() => void)

const HELD_LIMIT = 4 * 2 ** 20
const LOOK_MS = 5

/** Carries data, and its end, from one socket to another. */
export class Lane {
  readonly #from: Socket
  readonly #to: Socket
  readonly #faults: LaneFaults
  readonly #held: { readonly what: Held; readonly due: number }[] = []
  #heldBytes = 0
  #isCarrying = false
  #isOver = false

  /** `pass` sees data as it comes. */
  constructor(from: Socket, to: Socket, faults: LaneFaults, pass: (chunk: Buffer) => Passed) {
    this.#from = from
    this.#to = to
    this.#faults = faults
    from.on('data', (chunk: Buffer) => {
      const { bytes, afterwards } = pass(chunk)
      this.#hold(bytes)
      if (afterwards !== undefined) this.#hold(afterwards)
    })
    from.on('end', () => this.#hold(() => to.end()))
    from.on('error', () => {})
    from.on('close', () => this.#hold(() => to.destroy()))
  }

  /** Both ends are gone or will be: what a hole still holds need not be carried for ever. */
  settle(): void {
    if (!this.#faults.isBlackHole) this.#isOver = true
  }

  #hold(what: Held): void {
    this.#held.push({ what, due: performance.now() + this.#faults.delayMs })
    if (typeof what !== 'function') this.#heldBytes += what.length
    if (this.#heldBytes > HELD_LIMIT) this.#from.pause()
    if (!this.#isCarrying) void this.#carry()
  }

  async #carry(): Promise<void> {
    this.#isCarrying = true
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) {
      const wait = next.due - performance.now()
      if (wait > 0) await sleep(wait)
      while (this.#faults.isBlackHole) await sleep(LOOK_MS, undefined, { ref: false })
      if (typeof next.what === 'function') next.what()
      else await this.#send(next.what)
    }
    this.#isCarrying = false
  }

  async #send(bytes: Buffer): Promise<void> {
    this.#heldBytes -= bytes.length
    if (this.#from.isPaused() && this.#heldBytes <= HELD_LIMIT) this.#from.resume()
    if (this.#to.destroyed || this.#isOver) return
    const { bytesPerSecond } = this.#faults
    if (Number.isFinite(bytesPerSecond)) await sleep((bytes.length / bytesPerSecond) * 1000)
    if (this.#to.write(bytes)) return
    await new Promise<void>((resolve) => {
      this.#to.once('drain', resolve)
      this.#to.once('close', resolve)
    })
  }
}

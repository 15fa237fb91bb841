import type { Passed } from './lane.ts'
import { RespFrames, wordsOf } from '../resp-frames.ts'

/** Waits for a request whose reply is to be lost. */
export interface Trap {
  /** How many more must match. */
  left: number
  readonly match: (request: string) => boolean
  readonly sprung: (request: string) => void
}

/** Follows one connection: sees its requests, holds back the reply that is to be lost, and then cuts it. */
export interface Watch {
  request(chunk: Buffer): Passed
  reply(chunk: Buffer): Passed
}

type Seen = (request: string) => Trap | undefined

const NOTHING = Buffer.alloc(0)

/** Counts commands and replies, which come in the same order. Connections that subscribe are not for this. */
export class RedisWatch implements Watch {
  readonly #commands = new RespFrames()
  readonly #replies = new RespFrames()
  readonly #seen: Seen
  readonly #cut: () => void
  #sent = 0
  #answered = 0
  #caught: { readonly nth: number; readonly trap: Trap; readonly request: string } | undefined

  constructor(seen: Seen, cut: () => void) {
    this.#seen = seen
    this.#cut = cut
  }

  request(chunk: Buffer): Passed {
    for (const frame of this.#commands.push(chunk)) {
      this.#sent += 1
      const request = wordsOf(frame).join(' ')
      const trap = this.#seen(request)
      if (trap !== undefined) this.#caught ??= { nth: this.#sent, trap, request }
    }
    return { bytes: chunk }
  }

  reply(chunk: Buffer): Passed {
    const whole: Buffer[] = []
    for (const frame of this.#replies.push(chunk)) {
      this.#answered += 1
      if (this.#answered === this.#caught?.nth) return { bytes: Buffer.concat(whole), afterwards: () => this.#spring() }
      whole.push(frame)
    }
    return { bytes: Buffer.concat(whole) }
  }

  #spring(): void {
    const { trap, request } = this.#caught ?? {}
    this.#cut()
    trap?.sprung(request ?? '')
  }
}

/** One request at a time on a connection, as Node's clients do it. */
export class HttpWatch implements Watch {
  readonly #seen: Seen
  readonly #cut: () => void
  #caught: { readonly trap: Trap; readonly request: string } | undefined

  constructor(seen: Seen, cut: () => void) {
    this.#seen = seen
    this.#cut = cut
  }

  request(chunk: Buffer): Passed {
    const line = /^[A-Z]+ \S+ HTTP\/1\.1(?=\r\n)/.exec(chunk.toString('latin1', 0, 4096))?.[0]
    if (line === undefined) return { bytes: chunk }
    const trap = this.#seen(line)
    if (trap !== undefined) this.#caught = { trap, request: line }
    return { bytes: chunk }
  }

  reply(chunk: Buffer): Passed {
    if (this.#caught === undefined) return { bytes: chunk }
    // A server that asks for the body of the request has not done anything yet.
    if (chunk.toString('latin1', 0, 12) === 'HTTP/1.1 100') return { bytes: chunk }
    return { bytes: NOTHING, afterwards: () => this.#spring() }
  }

  #spring(): void {
    const { trap, request } = this.#caught ?? {}
    this.#cut()
    trap?.sprung(request ?? '')
  }
}

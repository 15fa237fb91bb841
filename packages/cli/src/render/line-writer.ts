import type { Output } from '../context/context.ts'

/** More than this is written at once rather than held. */
const LARGEST_BATCH = 64 * 1024

/** Writes whole lines in batches: one write for all the lines of one turn of the event loop. */
export class LineWriter {
  readonly #output: Output
  #held: string[] = []
  #size = 0
  #scheduled: NodeJS.Immediate | undefined

  constructor(output: Output) {
    this.#output = output
  }

  line(text: string): void {
    this.#held.push(text)
    this.#size += text.length
    if (this.#size >= LARGEST_BATCH) this.flush()
    else this.#scheduled ??= setImmediate(() => this.flush())
  }

  flush(): void {
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.#held.length === 0) return
    const text = `${this.#held.join('\n')}\n`
    this.#held = []
    this.#size = 0
    this.#output.write(text)
  }
}

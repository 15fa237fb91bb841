import { StringDecoder } from 'node:string_decoder'

/** A longer line is cut into several. Characters, not bytes. */
const MAX_LINE = 64 * 1024

/**
 * Cuts what is written into lines. `\n` and `\r\n` end one; a `\r` inside a line takes back what stands before it, as in a
 * terminal, so that a progress bar leaves its last state.
 */
export class LineBuffer {
  readonly #emit: (line: string) => void
  #decoder: StringDecoder | undefined
  #partial = ''

  constructor(emit: (line: string) => void) {
    this.#emit = emit
  }

  write(chunk: string | Uint8Array, encoding?: BufferEncoding): void {
    const text = this.#textOf(chunk, encoding)
    if (text === '') return
    let from = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#line(this.#partial + text.slice(from, end))
      this.#partial = ''
      from = end + 1
    }
    this.#partial = this.#shorten(this.#partial + text.slice(from))
  }

  end(): void {
    const rest = this.#partial + (this.#decoder?.end() ?? '')
    this.#partial = ''
    this.#decoder = undefined
    if (rest !== '') this.#line(rest)
  }

  #textOf(chunk: string | Uint8Array, encoding: BufferEncoding | undefined): string {
    if (typeof chunk === 'string' && (encoding === undefined || encoding === 'utf8' || encoding === 'utf-8'))
      return chunk
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk)
    this.#decoder ??= new StringDecoder('utf8')
    return this.#decoder.write(bytes)
  }

  /** Keeps an unfinished line bounded: a full piece of it is handed out, what a `\r` took back is forgotten. */
  #shorten(partial: string): string {
    const visible = partial.slice(partial.lastIndexOf('\r', partial.length - 2) + 1)
    if (visible.length <= MAX_LINE) return visible
    const whole = visible.length - (visible.length % MAX_LINE)
    this.#line(visible.slice(0, whole))
    return visible.slice(whole)
  }

  #line(text: string): void {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    const visible = line.slice(line.lastIndexOf('\r') + 1)
    if (visible.length <= MAX_LINE) return this.#emit(visible)
    for (let from = 0; from < visible.length; from += MAX_LINE) this.#emit(visible.slice(from, from + MAX_LINE))
  }
}

/** A terminal of some columns, as far as flowctl uses one: text that wraps, CR, LF, cursor up, erase below. */
export class Screen {
  readonly #columns: number
  #rows: string[] = ['']
  #row = 0
  #column = 0

  constructor(columns: number) {
    this.#columns = columns
  }

  write(text: string): this {
    for (let i = 0; i < text.length; i++) {
      const escape = /^\u001B\[(\??\d*)([A-Za-z])/.exec(text.slice(i, i + 12))
      if (escape !== null) {
        this.#escape(escape[1] as string, escape[2] as string)
        i += escape[0].length - 1
      } else this.#put(text[i] as string)
    }
    return this
  }

  /** What stands on it, without the empty row that the cursor is on. */
  get lines(): string[] {
    const lines = this.#rows.map((row) => row.trimEnd())
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0
    else if (character === '\n') this.#newline()
    else {
      if (this.#column === this.#columns) this.#newline()
      const row = this.#rows[this.#row] as string
      this.#rows[this.#row] = row.slice(0, this.#column).padEnd(this.#column) + character + row.slice(this.#column + 1)
      this.#column += 1
    }
  }

  #newline(): void {
    this.#column = 0
    this.#row += 1
    this.#rows[this.#row] ??= ''
  }

  #escape(argument: string, command: string): void {
    if (command === 'A') {
      this.#row -= Number(argument)
      if (this.#row < 0) throw new Error('the cursor went above the first line')
    } else if (command === 'J') {
      this.#rows[this.#row] = (this.#rows[this.#row] as string).slice(0, this.#column)
      this.#rows.length = this.#row + 1
    } else if (!(argument.startsWith('?25') || command === 'm')) throw new Error(`unknown escape ${argument}${command}`)
  }
}

/**
 * Compares what a page says a command prints with what it printed. Times, durations, process ids and machine-made names
 * differ from run to run: a page shows real ones, and the comparison overlooks them. Run ids must be used consistently: the id a
 * page shows stands for the id of the run that was made in its place, wherever it comes up again.
 */
export class Transcript {
  /** Run ids of the page to run ids of this execution. */
  readonly #runs = new Map<string, string>()
  readonly #runId: RegExp

  /** `runId` matches one whole run id. */
  constructor(runId: RegExp) {
    this.#runId = runId
  }

  /** The command with the page's run ids replaced by those of this execution. */
  command(text: string): string {
    return text.replace(new RegExp(this.#runId, 'g'), (id) => this.#runs.get(id) ?? id)
  }

  /** Says what does not match; `undefined` when all does. */
  difference(expected: readonly string[], actual: readonly string[], anyOrder: boolean): string | undefined {
    const wanted = trim(expected)
    const got = trim(actual)
    const failed = anyOrder ? this.#unordered(wanted, got) : this.#ordered(wanted, got)
    if (failed === undefined) return undefined
    return `${failed}\n--- the page says\n${wanted.join('\n')}\n--- it printed\n${got.join('\n')}`
  }

  /** What was printed, to be put into the page: the ids that the page used for these runs are kept. */
  adopt(expected: readonly string[], actual: readonly string[]): string[] {
    const known = new Map([...this.#runs].map(([page, real]) => [real, page]))
    const ids = (lines: readonly string[]): string[] => lines.join('\n').match(new RegExp(this.#runId, 'g')) ?? []
    const free = [...new Set(ids(expected))].filter((id) => !this.#runs.has(id))
    for (const id of new Set(ids(actual))) {
      if (known.has(id)) continue
      const page = free.shift() ?? id
      known.set(id, page)
      this.#runs.set(page, id)
    }
    return trim(actual).map((line) => line.replace(new RegExp(this.#runId, 'g'), (id) => known.get(id) ?? id))
  }

  #ordered(wanted: readonly string[], got: readonly string[]): string | undefined {
    let at = 0
    for (let i = 0; i < wanted.length; i++) {
      const line = wanted[i] as string
      if (line === '...') {
        const next = wanted[i + 1]
        if (next === undefined) return undefined
        const found = got.findIndex((candidate, j) => j >= at && this.#sameLine(next, candidate))
        if (found === -1) return `not printed: ${next}`
        at = found
        continue
      }
      if (at >= got.length) return `not printed: ${line}`
      if (!this.#sameLine(line, got[at] as string)) return `line ${at + 1} is not: ${line}`
      at++
    }
    return at === got.length ? undefined : `not on the page: ${got[at]}`
  }

  #unordered(wanted: readonly string[], got: readonly string[]): string | undefined {
    const left = [...got]
    for (const line of wanted) {
      if (line === '...') continue
      const found = left.findIndex((candidate) => this.#sameLine(line, candidate))
      if (found === -1) return `not printed: ${line}`
      left.splice(found, 1)
    }
    return left.length === 0 || wanted.includes('...') ? undefined : `not on the page: ${left[0]}`
  }

  #sameLine(wanted: string, got: string): boolean {
    const pattern = blank(wanted)
      .split(this.#runId)
      .map((text) => text.split('...').map(escape).join('.*'))
      .join(`(${this.#runId.source})`)
    const match = new RegExp(`^${pattern}$`).exec(blank(got))
    if (match === null) return false
    const ids = wanted.match(new RegExp(this.#runId, 'g')) ?? []
    const pairs = ids.map((id, i) => [id, match[i + 1] as string] as const)
    if (pairs.some(([id, actual]) => (this.#runs.get(id) ?? actual) !== actual)) return false
    for (const [id, actual] of pairs) this.#runs.set(id, actual)
    return true
  }
}

/** What differs from run to run, made the same. */
function blank(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?/g, '<time>')
    .replace(/pid \d+/g, 'pid <pid>')
    .replace(/\b\d+(\.\d+)? ?(ms|s|min)\b/g, '<duration>')
    .replace(/ +/g, ' ')
    .trimEnd()
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function trim(lines: readonly string[]): string[] {
  const blankLine = (line: string): boolean => line.trim() === ''
  const first = lines.findIndex((line) => !blankLine(line))
  const last = lines.findLastIndex((line) => !blankLine(line))
  return first === -1 ? [] : lines.slice(first, last + 1)
}

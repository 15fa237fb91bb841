import { flowError } from '@flowctl/core'

/** One line that a task wrote, without its line end. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** JSON lines `[at, stream, text]`, with 0 for stdout and 1 for stderr; each ends in a line feed. */
export function encodeLogLines(lines: Iterable<LogLine>): Uint8Array {
  let text = ''
  for (const line of lines) text += `${JSON.stringify([line.at, line.stream === 'stdout' ? 0 : 1, line.text])}\n`
  return new TextEncoder().encode(text)
}

/** Whole lines only. Throws RECORD_CORRUPT. */
export function decodeLogLines(bytes: Uint8Array, what = 'A log'): LogLine[] {
  const lines: LogLine[] = []
  for (const json of new TextDecoder().decode(bytes).split('\n')) {
    if (json === '') continue
    try {
      const [at, stream, text] = JSON.parse(json) as [number, number, string]
      lines.push({ at, stream: stream === 0 ? 'stdout' : 'stderr', text })
    } catch (cause) {
      throw flowError('RECORD_CORRUPT', { what, problem: (cause as Error).message }, { cause })
    }
  }
  return lines
}

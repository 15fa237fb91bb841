/**
 * What the tests read in a documentation page.
 *
 * - A fenced block with `file=NAME` in its info string is a file of the reader's folder: ```` ```ts file=hello.ts ````. With
 *   `type-errors` it is one that the compiler refuses.
 * - A `console` block is a session: lines that begin with `$ ` are commands, the lines after each are what it prints.
 *   `...` inside a line stands for anything, a line of only `...` for any lines. After `console`, `exit=1` says how the
 *   block's last command ends, and `any-order` that its lines come in no fixed order (parallel tasks).
 *
 * Every other block is only to be read.
 */
export type Block = FileBlock | ConsoleBlock

export interface FileBlock {
  readonly kind: 'file'
  readonly line: number
  readonly name: string
  readonly text: string
  readonly typeErrors: boolean
}

export interface ConsoleBlock {
  readonly kind: 'console'
  readonly line: number
  readonly commands: readonly Command[]
}

export interface Command {
  readonly line: number
  readonly command: string
  readonly expected: readonly string[]
  readonly exit: number
  readonly anyOrder: boolean
}

const FENCE = /^(`{3,})(.*)$/

/** The blocks that matter, in order. Throws when a fence is not closed or a session does not begin with a command. */
export function readPage(markdown: string): Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const open = FENCE.exec(lines[i] as string)
    if (open === null) continue
    const from = i + 1
    const close = lines.indexOf(open[1] as string, from)
    if (close === -1) throw new Error(`line ${from}: this block is not closed`)
    const body = lines.slice(from, close)
    const info = (open[2] as string).trim().split(/\s+/)
    const file = info.find((word) => word.startsWith('file='))?.slice('file='.length)
    if (file !== undefined) {
      const typeErrors = info.includes('type-errors')
      blocks.push({ kind: 'file', line: from, name: file, text: `${body.join('\n')}\n`, typeErrors })
    } else if (info[0] === 'console')
      blocks.push({ kind: 'console', line: from, commands: readSession(body, from, info) })
    i = close
  }
  return blocks
}

function readSession(body: readonly string[], firstLine: number, info: readonly string[]): Command[] {
  const commands: { line: number; command: string; expected: string[] }[] = []
  for (const [i, line] of body.entries()) {
    if (line.startsWith('$ ')) {
      commands.push({ line: firstLine + i + 1, command: line.slice(2), expected: [] })
    } else {
      const last = commands.at(-1)
      if (last === undefined) throw new Error(`line ${firstLine + i + 1}: a console block begins with a $ command`)
      last.expected.push(line)
    }
  }
  const exit = Number(info.find((word) => word.startsWith('exit='))?.slice('exit='.length) ?? 0)
  const anyOrder = info.includes('any-order')
  return commands.map((one, i) => ({ ...one, exit: i === commands.length - 1 ? exit : 0, anyOrder }))
}

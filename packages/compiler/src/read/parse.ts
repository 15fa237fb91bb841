import { readFileSync } from 'node:fs'

import { countWhile } from '@flowctl/basics'
import { flowError, type SourceLocation } from '@flowctl/core'
import type { Comment, Node, ParseResult, parseSync, Program } from 'oxc-parser'

/** One source file as its author wrote it, before any bundler changed it. */
export interface ParsedFile {
  /** Absolute. */
  readonly path: string
  readonly text: string
  readonly program: Program
  readonly comments: readonly Comment[]
  /** Has `import` or `export`; otherwise the file is CommonJS. */
  readonly isModule: boolean
  /** Where an offset into the text stands. */
  at(offset: number): SourceLocation
  /** The text of a node on one line, shortened for a message. */
  excerpt(node: Node): string
}

export type Parser = (path: string) => ParsedFile

const EXCERPT_LENGTH = 60

/** Loads the parser, a native add-on, on first use; each file is read and parsed once. */
export async function createParser(): Promise<Parser> {
  const { parseSync } = await import('oxc-parser')
  const known = new Map<string, ParsedFile>()
  return (path) => {
    let file = known.get(path)
    if (file === undefined) {
      file = parseFile(path, parseSync)
      known.set(path, file)
    }
    return file
  }
}

function parseFile(path: string, parse: typeof parseSync): ParsedFile {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  const isScript = /\.c[jt]s$/.test(path)
  const result = parse(path, text, { preserveParens: false, sourceType: isScript ? 'commonjs' : 'unambiguous' })
  const starts = lineStarts(text)
  const at = (offset: number): SourceLocation => locate(path, starts, offset)
  throwOnError(result, at)
  return {
    path,
    text,
    program: result.program,
    comments: result.comments,
    isModule: result.module.hasModuleSyntax,
    at,
    excerpt(node) {
      const line = text.slice(node.start, node.end).replace(/\s+/g, ' ')
      return line.length <= EXCERPT_LENGTH ? line : `${line.slice(0, EXCERPT_LENGTH - 1)}…`
    },
  }
}

function throwOnError(result: ParseResult, at: (offset: number) => SourceLocation): void {
  const error = result.errors.find((one) => String(one.severity) === 'Error')
  if (error === undefined) return
  const note = error.helpMessage === null ? {} : { note: error.helpMessage }
  throw flowError('SOURCE_SYNTAX', { problem: error.message, ...note }, { at: at(error.labels[0]?.start ?? 0) })
}

function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) starts.push(index + 1)
  return starts
}

function locate(file: string, starts: readonly number[], offset: number): SourceLocation {
  const line = countWhile(starts.length, (n) => (starts[n] as number) <= offset)
  return { file, line, column: offset - (starts[line - 1] as number) + 1 }
}

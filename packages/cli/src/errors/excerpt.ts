import { readFileSync, statSync } from 'node:fs'
import type { SourceLocation } from '@flowctl/core'

/** Longer lines are not worth showing. */
const WIDEST = 200

/**
 * The source line at `at` and a caret below the column; nothing when the file or the line is not there, or when the file has
 * changed since `asOf` (milliseconds since 1970): its lines are not those of the error any more.
 */
export function excerpt(at: SourceLocation, asOf = Infinity): string[] {
  const line = sourceLine(at, asOf)
  if (line === undefined || line.trim() === '' || line.length > WIDEST) return []
  const gutter = `${at.line} | `
  // Tabs stay tabs, so that the caret stands below its character whatever their width.
  const before = line.slice(0, Math.max(0, at.column - 1)).replace(/[^\t]/g, ' ')
  return [`${gutter}${line}`, `${' '.repeat(String(at.line).length)} | ${before}^`]
}

function sourceLine(at: SourceLocation, asOf: number): string | undefined {
  try {
    if (statSync(at.file).mtimeMs > asOf) return undefined
    return readFileSync(at.file, 'utf8').split(/\r?\n/)[at.line - 1]
  } catch {
    return undefined
  }
}

import type { ParsedFile } from './parse.ts'

/** The text of the last JSDoc comment between two offsets, without stars and without its `@tags`; `''` when there is none. */
export function docstringBetween(file: ParsedFile, from: number, to: number): string {
  const comment = file.comments.findLast(
    (one) => one.type === 'Block' && one.value.startsWith('*') && one.start >= from && one.end <= to,
  )
  return comment === undefined ? '' : clean(comment.value.slice(1))
}

function clean(comment: string): string {
  const lines = comment.split(/\r?\n/).map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
  const tag = lines.findIndex((line) => /^\s*@\w/.test(line))
  return (tag < 0 ? lines : lines.slice(0, tag)).join('\n').trim()
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Transcript } from './match.ts'
import { readPage, type Command } from './page.ts'
import { Reader } from './reader.ts'

/** `DOCS=write npx vitest run docs` puts what the commands print into the pages, where it is not what they say. */
const WRITE = process.env['DOCS'] === 'write'
const RUN_ID = /\b\d{8}-\d{6}-[a-z2-9]{4}\b/
const PAGE_LIMIT_MS = 120_000

const repository = fileURLToPath(new URL('../../', import.meta.url))
const inDocs = readdirSync(path.join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = [
  ...inDocs.filter((name) => name.endsWith('.md')).map((name) => path.join('docs', name)),
  'README.md',
].sort()
const withSessions = pages.filter((page) => readPage(text(page)).some((block) => block.kind === 'console'))

it('finds the pages', () => {
  expect(withSessions.length).toBeGreaterThanOrEqual(8)
})

describe.concurrent('a reader who does what the page says sees what it says', () => {
  it.each(withSessions)('%s', { timeout: PAGE_LIMIT_MS }, async (page) => {
    const reader = await Reader.create()
    try {
      const differences = await follow(page, reader)
      if (WRITE) write(page, differences)
      else if (differences.length > 0) throw new Error(differences.map((one) => one.text).join('\n\n'))
    } finally {
      await reader.leave()
    }
  })
})

interface Difference {
  readonly at: Command
  readonly printed: readonly string[]
  readonly text: string
}

/** Follows the page to its first difference; to its end, if the page is to be written. */
async function follow(page: string, reader: Reader): Promise<Difference[]> {
  const transcript = new Transcript(RUN_ID)
  const differences: Difference[] = []
  for (const block of readPage(text(page))) {
    if (block.kind === 'file') {
      await reader.write(block.name, block.text)
      continue
    }
    for (const at of block.commands) {
      const { exit, lines } = await reader.run(transcript.command(at.command))
      const place = `${page}:${at.line}: $ ${at.command}`
      if (exit !== at.exit) throw new Error(`${place}\nended with ${exit}, not ${at.exit}\n${lines.join('\n')}`)
      const difference = transcript.difference(at.expected, lines, at.anyOrder)
      if (difference === undefined) continue
      differences.push({ at, printed: transcript.adopt(at.expected, lines), text: `${place}\n${difference}` })
      if (!WRITE) return differences
    }
  }
  return differences
}

function write(page: string, differences: readonly Difference[]): void {
  const lines = text(page).split('\n')
  for (const { at, printed } of [...differences].reverse()) lines.splice(at.line, at.expected.length, ...printed)
  writeFileSync(path.join(repository, page), lines.join('\n'))
}

function text(page: string): string {
  return readFileSync(path.join(repository, page), 'utf8')
}

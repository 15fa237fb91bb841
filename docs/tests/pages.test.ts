import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Transcript } from './match.ts'
import { readPage } from './page.ts'
import { Reader } from './reader.ts'

const RUN_ID = /\b[0-9a-z]{13}\b/
const PAGE_LIMIT_MS = 120_000

const repository = fileURLToPath(new URL('../../', import.meta.url))
const inDocs = readdirSync(path.join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = [...inDocs.filter((name) => name.endsWith('.md')).map((name) => path.join('docs', name)), 'README.md'].sort()
const withSessions = pages.filter((page) => readPage(text(page)).some((block) => block.kind === 'console'))

it('finds the pages', () => {
  expect(withSessions.length).toBeGreaterThanOrEqual(8)
})

describe.concurrent('a reader who does what the page says sees what it says', () => {
  it.each(withSessions)('%s', { timeout: PAGE_LIMIT_MS }, async (page) => {
    const reader = await Reader.create()
    try {
      await follow(page, reader)
    } finally {
      await reader.leave()
    }
  })
})

async function follow(page: string, reader: Reader): Promise<void> {
  const transcript = new Transcript(RUN_ID)
  for (const block of readPage(text(page))) {
    if (block.kind === 'file') {
      await reader.write(block.name, block.text)
      continue
    }
    for (const { line, command, expected, exit, anyOrder } of block.commands) {
      const printed = await reader.run(transcript.command(command))
      const difference = transcript.difference(expected, printed.lines, anyOrder)
      if (difference !== undefined) throw new Error(`${page}:${line}: $ ${command}\n${difference}`)
      if (printed.exit !== exit) throw new Error(`${page}:${line}: $ ${command}\nended with ${printed.exit}, not ${exit}`)
    }
  }
}

function text(page: string): string {
  return readFileSync(path.join(repository, page), 'utf8')
}

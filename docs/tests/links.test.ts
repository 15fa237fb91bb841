import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const docs = readdirSync(path.join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = [
  ...docs.filter((name) => name.endsWith('.md')).map((name) => path.join('docs', name)),
  'README.md',
  'CONTRIBUTING.md',
]

it.each(pages)('%s links only to what exists', (page) => {
  const text = readFileSync(path.join(repository, page), 'utf8')
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string)
  const broken = targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => !reaches(path.join(repository, page), target))
  expect(broken).toEqual([])
})

function reaches(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const to = file === '' ? from : path.join(path.dirname(from), file)
  if (!existsSync(to)) return false
  return anchor === undefined || anchors(readFileSync(to, 'utf8')).includes(anchor)
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

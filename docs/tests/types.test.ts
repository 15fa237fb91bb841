import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { readPage } from './page.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const inDocs = readdirSync(path.join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = ['README.md', ...inDocs.filter((name) => name.endsWith('.md')).map((name) => path.join('docs', name))]

const OPTIONS = {
  compilerOptions: {
    module: 'NodeNext',
    target: 'ES2022',
    lib: ['ES2023'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    customConditions: ['@flowctl/source'],
  },
}

it('the flows of the pages have the types they should', async () => {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'flowctl-types-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await symlink(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'))
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(OPTIONS))
  const wrong: string[] = []
  let files = 0
  for (const page of pages) {
    const blocks = readPage(readFileSync(path.join(repository, page), 'utf8'))
    for (const block of blocks) {
      if (block.kind !== 'file' || !block.name.endsWith('.ts')) continue
      // A page may write the same file twice; every state of it is checked.
      const name = path.join(page, String(block.line), block.name)
      await mkdir(path.join(folder, path.dirname(name)), { recursive: true })
      await writeFile(path.join(folder, name), block.text)
      files++
      if (block.typeErrors) wrong.push(name)
    }
  }
  expect(files).toBeGreaterThan(10)
  expect(await filesWithErrors(folder)).toEqual(wrong)
})

/** The files about which the compiler complains. */
function filesWithErrors(folder: string): Promise<string[]> {
  const compiler = path.join(repository, 'node_modules/typescript/bin/tsc')
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', folder], { cwd: folder }, (_, output) => {
      const names = [...output.matchAll(/^(\S.*?)\(\d+,\d+\): error/gm)].map((match) => match[1] as string)
      resolve([...new Set(names)].sort())
    })
  })
}

import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { bundledFiles } from '../bundle.mjs'

const CLI = fileURLToPath(new URL('../../packages/cli/', import.meta.url))

test('the bundle holds all that it asks for by place, and asks for nothing outside its package', async () => {
  const files = await bundledFiles()
  const names = new Set(files.map(({ path }) => basename(path)))
  expect([...names]).toEqual(expect.arrayContaining(['bin.js', 'index.js', 'task-process.js', 'loader-thread.js']))
  const asked = files.flatMap(({ path, contents }) => {
    const text = Buffer.from(contents).toString()
    const places = [...text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)]
    return places.map(([, place = '']) => fileURLToPath(new URL(place, pathToFileURL(path))))
  })
  expect(asked.length).toBeGreaterThan(5)
  for (const file of asked) {
    expect(file.startsWith(CLI), file).toBe(true)
    const inside = dirname(file) === join(CLI, 'dist/bundle') ? names.has(basename(file)) : existsSync(file)
    expect(inside, file).toBe(true)
  }
})

test('what a task process loads at its start comes in a handful of files', async () => {
  const texts = new Map(
    (await bundledFiles()).map(({ path, contents }) => [basename(path), Buffer.from(contents).toString()]),
  )
  const reached = new Set(['task-process.js', 'index.js'])
  for (const name of reached) {
    const text = texts.get(name) ?? ''
    for (const [, next = ''] of text.matchAll(/^(?:import|export|\} from)\b[^;]*?"\.\/([^"]+)";$/gm)) reached.add(next)
  }
  expect(reached.size).toBeGreaterThan(2)
  expect(reached.size).toBeLessThan(16)
})

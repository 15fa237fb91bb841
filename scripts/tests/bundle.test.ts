import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { bundleCode, CLI, OUT } from '../bundle/code.mjs'
import { bundleTypes } from '../bundle/types.mjs'

/** By name in the bundle. */
let texts: Map<string, string>
let types: Map<string, string>
beforeAll(async () => {
  const textsOf = (files: Awaited<ReturnType<typeof bundleTypes>>) =>
    new Map(files.map(({ path, contents }) => [relative(OUT, path), Buffer.from(contents).toString()]))
  texts = textsOf((await bundleCode()).files)
  types = textsOf(await bundleTypes())
})

test('the bundle holds all that it asks for by place, and asks for nothing outside its package', () => {
  expect([...texts.keys()]).toEqual(
    expect.arrayContaining(['bin.js', 'index.js', 'index.cjs', 'testing.js', 'task-process.js', 'loader-thread.js']),
  )
  let asked = 0
  for (const [name, text] of texts) {
    // Not what is written into a module of the user's project.
    for (const [, place = ''] of text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)) {
      asked += 1
      const file = fileURLToPath(new URL(place, pathToFileURL(join(OUT, name))))
      expect(relative(CLI, file), file).not.toMatch(/^\.\./)
      const inside = dirname(file) === OUT && place !== '../../' ? texts.has(basename(file)) : existsSync(file)
      expect(inside, file).toBe(true)
    }
  }
  expect(asked).toBeGreaterThan(2)
})

test('the bundle imports nothing but Node, its own files and what stays a dependency', () => {
  const packages = new Set<string>()
  let imports = 0
  for (const [name, text] of texts) {
    if (!name.endsWith('.js') || name.includes('/')) continue
    for (const [, wanted = ''] of text.matchAll(/^(?:import|export|\} from)\b[^'"\n]*?"([^"\n]+)";$/gm)) {
      imports += 1
      if (wanted.startsWith('./')) expect(texts.has(wanted.slice(2)), `${name} imports ${wanted}`).toBe(true)
      else if (!isBuiltin(wanted)) packages.add(wanted)
    }
    for (const [, wanted = ''] of text.matchAll(/\bimport\("([^"\n]+)"\)/g)) {
      if (wanted.startsWith('./')) expect(texts.has(wanted.slice(2)), `${name} imports ${wanted}`).toBe(true)
      else if (!isBuiltin(wanted)) packages.add(wanted)
    }
  }
  expect(imports).toBeGreaterThan(100)
  expect([...packages].sort()).toEqual(['jiti', 'oxc-parser'])
})

test('what a task process loads at its start comes in a handful of files', () => {
  const reached = new Set(['task-process.js', 'index.js'])
  for (const name of reached) {
    const text = texts.get(name) ?? ''
    for (const [, next] of text.matchAll(/^(?:import|export|\} from)\b[^'"\n]*?"\.\/([^"]+)";$/gm)) {
      if (next !== undefined) reached.add(next)
    }
  }
  expect(reached.size).toBeGreaterThan(2)
  expect(reached.size).toBeLessThan(16)
})

test('the types need nothing but themselves, as ES modules and as CommonJS', () => {
  expect([...types.keys()].sort()).toEqual(
    ['index', 'testing', 'types'].flatMap((name) => [`${name}.d.cts`, `${name}.d.ts`]),
  )
  for (const [name, text] of types) {
    const wanted = [...text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)|<reference/g)].map((match) => match[1])
    for (const one of wanted) expect(one).toMatch(name.endsWith('.d.cts') ? /^\.\/\w+\.cjs$/ : /^\.\/\w+\.js$/)
  }
})

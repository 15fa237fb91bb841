import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packCode } from '@flowctl/compiler'
import { layout, type ObjectStore } from '@flowctl/core'
import { memoryStore } from '@flowctl/datastore'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { codeLoader } from '../../src/code/load-code.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowctl-code-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const code = packCode({
  className: 'F',
  file: 'f.ts',
  externals: [],
  entry: 'bundle.mjs',
  files: { 'bundle.mjs': `export { project } from './project.mjs'\n` },
})

async function storeWithCode(): Promise<{ objects: ObjectStore; reads: string[] }> {
  const objects = memoryStore()
  await objects.put(layout.codeKey('F', code.hash), code.bytes)
  const reads: string[] = []
  const get = objects.get.bind(objects)
  objects.get = async (key) => {
    reads.push(key)
    return get(key)
  }
  return { objects, reads }
}

const projectIn = async (bundle: string): Promise<string> => {
  const { project } = (await import(bundle)) as { project: string }
  return project
}

test('lays a package out once, in the folder of its flow where there is one', async () => {
  const { objects, reads } = await storeWithCode()
  const flows = join(folder, 'flows')
  mkdirSync(flows)
  const load = codeLoader({ objects, cacheDir: join(folder, 'cache'), project: folder, env: {} })
  const wanted = { flow: 'F', hash: code.hash, file: join(flows, 'f.ts') }
  const [one, two] = await Promise.all([load(wanted), load(wanted)])
  expect(one).toBe(two)
  expect(reads).toHaveLength(1)
  expect(readFileSync(one, 'utf8')).toContain('project.mjs')
  expect(await projectIn(one)).toBe(flows)
})

test('a flow of another machine resolves packages where the worker is', async () => {
  const { objects } = await storeWithCode()
  const load = codeLoader({ objects, cacheDir: join(folder, 'cache'), project: folder, env: {} })
  for (const file of ['/not/on/this/machine/f.ts', 'relative/f.ts'])
    expect(await projectIn(await load({ flow: 'F', hash: code.hash, file }))).toBe(folder)
})

test('a package that is missing is said, and looked for again', async () => {
  const { objects } = await storeWithCode()
  const load = codeLoader({ objects, cacheDir: join(folder, 'cache'), project: folder, env: {} })
  const wanted = { flow: 'G', hash: code.hash, file: join(folder, 'g.ts') }
  await expect(load(wanted)).rejects.toMatchObject({
    code: 'WORKER_CODE_MISSING',
    message: `The code package ${code.hash.slice(0, 12)} of G is not in memory:.`,
  })
  await objects.put(layout.codeKey('G', code.hash), code.bytes)
  writeFileSync(join(folder, 'g.ts'), '')
  expect(await load(wanted)).toContain('bundle.mjs')
})

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packCode } from '@flowctl/compiler'
import { layout, type ObjectStore } from '@flowctl/core'
import { memoryStore } from '@flowctl/datastore'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
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

test('a cache that was deleted is filled again within the hour', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { objects } = await storeWithCode()
  const cacheDir = join(folder, 'cache')
  const load = codeLoader({ objects, cacheDir, project: folder, env: {} })
  const wanted = { flow: 'F', hash: code.hash, file: join(folder, 'f.ts') }
  const bundle = await load(wanted)
  rmSync(cacheDir, { recursive: true })
  vi.advanceTimersByTime(60 * 60_000)
  expect(await load(wanted)).toBe(bundle)
  expect(existsSync(bundle)).toBe(true)
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

const portable = (dependencies: Record<string, string>): ReturnType<typeof packCode> =>
  packCode({
    className: 'F',
    file: 'f.ts',
    externals: Object.keys(dependencies),
    install: {
      dependencies,
      packages: Object.fromEntries(
        Object.entries(dependencies).map(([name, version]) => [`node_modules/${name}`, { version }]),
      ),
      scripts: [],
    },
    entry: 'bundle.mjs',
    files: {
      'bundle.mjs': `export { project } from './project.mjs'\nexport const found = await import('plain').then((one) => one.default, () => 'none')\n`,
    },
  })

const foundIn = async (bundle: string): Promise<unknown> => ((await import(bundle)) as { found: unknown }).found

function install(into: string, version: string): void {
  const plain = join(into, 'node_modules', 'plain')
  mkdirSync(plain, { recursive: true })
  writeFileSync(join(plain, 'package.json'), JSON.stringify({ name: 'plain', version }))
  writeFileSync(join(plain, 'index.js'), `module.exports = 'plain ${version}'`)
}

test('a package that runs anywhere sees no packages but its own', async () => {
  const objects = memoryStore()
  const bare = portable({})
  await objects.put(layout.codeKey('F', bare.hash), bare.bytes)
  install(folder, '1.0.0')
  const load = codeLoader({ objects, cacheDir: join(folder, 'cache', 'deep'), project: folder, env: {} })
  const bundle = await load({ flow: 'F', hash: bare.hash, file: '/not/on/this/machine/f.ts' })
  expect(await projectIn(bundle)).toBe('/not/on/this/machine')
  // Nothing is linked: what Node finds in folders above the cache is the machine's own.
  expect(readdirSync(dirname(dirname(bundle)))).toEqual(['code'])
})

test('packages outside the code package are those it was made with, on the machine that has them too', async () => {
  const objects = memoryStore()
  const needs = portable({ plain: '1.0.0' })
  await objects.put(layout.codeKey('F', needs.hash), needs.bytes)
  const flows = join(folder, 'flows')
  install(flows, '1.0.0')
  const said: unknown[] = []
  const wanted = { flow: 'F', hash: needs.hash, file: join(flows, 'f.ts') }
  const options = { objects, project: folder, env: {}, onInstall: (...words: unknown[]) => said.push(words) }
  const cacheDir = join(folder, 'cache')
  expect(await foundIn(await codeLoader({ ...options, cacheDir })(wanted))).toBe('plain 1.0.0')
  expect(said).toEqual([])
  install(flows, '2.0.0')
  expect(await foundIn(await codeLoader({ ...options, cacheDir })(wanted))).toBe('plain 1.0.0')
})

test('what npm cannot install is said, and tried again a little later', async () => {
  const objects = memoryStore()
  const needs = portable({ plain: '1.0.0' })
  await objects.put(layout.codeKey('F', needs.hash), needs.bytes)
  const flows = join(folder, 'flows')
  install(flows, '0.9.0')
  const said: unknown[] = []
  const onInstall = (flow: string, packages: readonly string[]): unknown => said.push([flow, packages])
  const load = codeLoader({
    objects,
    cacheDir: join(folder, 'cache'),
    project: folder,
    env: { PATH: '/nowhere' },
    onInstall,
  })
  const wanted = { flow: 'F', hash: needs.hash, file: join(flows, 'f.ts') }
  const refused = { code: 'EXTERNALS_NPM_MISSING' }
  await expect(load(wanted)).rejects.toMatchObject(refused)
  await expect(load(wanted)).rejects.toMatchObject(refused)
  expect(said).toEqual([['F', ['plain@1.0.0']]])
  install(flows, '1.0.0')
  await vi.waitFor(async () => expect(await load(wanted)).toContain('bundle.mjs'), { timeout: 5000 })
})

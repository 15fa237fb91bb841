import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { compileFlow } from '../../src/index.ts'
import { problemsOf } from '../open-flow.ts'
import { workspace } from '../workspace.ts'
import {
  compilePortable,
  copyPackages,
  elsewhere,
  linkPackages,
  showing,
  shownElsewhere,
  writePackages,
} from './anywhere.ts'

describe('npm packages in the code package', () => {
  it('holds CommonJS, ES modules and JSON, and runs where none of them is', async () => {
    const space = workspace({
      'package.json': '{ "type": "module" }',
      'settings.json': '{ "k": 1 }',
      'flow.ts': showing(
        `import KNN from 'ml-knn'
import { z } from 'zod'
import settings from './settings.json' with { type: 'json' }
import manifest from 'zod/package.json' with { type: 'json' }`,
        'new KNN([[0], [10]], ["low", "high"], settings).predict([[1], [8]])',
        'z.object({ n: z.number() }).parse({ n: 2 })',
        'z.string().safeParse(1).success',
        'manifest.name',
      ),
    })
    linkPackages(space, 'ml-knn', 'zod')
    const { code, unpacked, notes } = await compilePortable(space)
    expect(unpacked).toMatchObject({ format: 2, install: { dependencies: {}, packages: {}, scripts: [] } })
    expect(notes).toEqual([])
    expect(await shownElsewhere(code.bytes)).toEqual([['low', 'high'], { n: 2 }, false, 'zod'])
  })

  it('is the same wherever the project lies, and does not hold its place', async () => {
    const one = workspace({
      'package.json': '{ "type": "module" }',
      'flow.ts': showing(`import KNN from 'ml-knn'`, 'KNN.name', 'import.meta.url'),
    })
    copyPackages(one, 'ml-knn', 'ml-distance-euclidean')
    const other = elsewhere()
    for (const name of ['package.json', 'flow.ts', 'node_modules'])
      cpSync(one.path(name), join(other, 'deep', 'er', name), { recursive: true })
    const a = await compilePortable(one)
    const b = await compileFlow(join(other, 'deep/er/flow.ts'), { cacheDir: join(other, 'c'), packages: 'bundle' })
    expect(b.code.hash).toBe(a.code.hash)
    expect(Buffer.from(a.code.bytes).includes(one.root)).toBe(false)
    expect(await shownElsewhere(a.code.bytes)).toEqual(['KNN', 'file:///not/on/this/machine/flow.ts'])
  })

  it('gives the default import of a CommonJS package as Node does, whatever kind the project is', async () => {
    const flow = showing(
      `import compiled from 'compiled'\nimport * as all from 'compiled'\nimport { part } from 'compiled'`,
      'Object.keys(compiled).sort()',
      'compiled.default',
      'part',
      'all.part',
      'import("compiled").then((one) => one.default.default)',
    )
    const files = {
      'index.js': `Object.defineProperty(exports, '__esModule', { value: true })\nexports.part = 'p'\nexports.default = 'd'`,
    }
    for (const manifest of ['{}', '{ "type": "module" }']) {
      const space = workspace({ 'package.json': manifest, 'flow.ts': flow })
      writePackages(space, { compiled: { files } })
      const { code } = await compilePortable(space)
      expect(await shownElsewhere(code.bytes)).toEqual([['default', 'part'], 'd', 'p', 'p', 'd'])
    }
  })

  it('chooses the files of a package that Node would', async () => {
    const space = workspace({
      'package.json': '{ "type": "module" }',
      'flow.ts': showing(`import { kind } from 'dual'\nimport main from 'fields'`, 'kind', 'main.kind'),
    })
    writePackages(space, {
      dual: {
        manifest: { exports: { module: './bundler.mjs', browser: './browser.mjs', import: './node.mjs' } },
        files: {
          'node.mjs': 'export const kind = "node"',
          'bundler.mjs': 'export const kind = "bundler"',
          'browser.mjs': 'export const kind = "browser"',
        },
      },
      fields: {
        manifest: { main: './main.js', module: './module.mjs', browser: './browser.js' },
        files: { 'main.js': 'exports.kind = "main"', 'module.mjs': 'export default { kind: "module" }' },
      },
    })
    const { code } = await compilePortable(space)
    expect(await shownElsewhere(code.bytes)).toEqual(['node', 'main'])
  })

  it('leaves an optional package that is not installed for the package to miss', async () => {
    const space = workspace({ 'flow.ts': showing(`import tries from 'tries'`, 'tries.found') })
    writePackages(space, {
      tries: { files: { 'index.js': `try { exports.found = require('absent') } catch { exports.found = 'none' }` } },
    })
    expect(await shownElsewhere((await compilePortable(space)).code.bytes)).toEqual(['none'])
  })

  it('lets a package ask what kind of module it is', async () => {
    const space = workspace({ 'flow.ts': showing(`import asks from 'asks'`, 'asks.dir', 'asks.req') })
    writePackages(space, {
      asks: { files: { 'index.js': `exports.dir = typeof __dirname; exports.req = typeof require` } },
    })
    const { code, notes } = await compilePortable(space)
    expect(notes).toEqual([])
    expect(await shownElsewhere(code.bytes)).toEqual(['string', 'function'])
  })

  it('runs WebAssembly that a package holds in its code', async () => {
    const bytes = Buffer.from(
      '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
      'hex',
    )
    const space = workspace({ 'flow.ts': showing(`import { add } from 'adds'`, 'add(2, 3)') })
    writePackages(space, {
      adds: {
        manifest: { type: 'module', main: 'index.js' },
        files: {
          'index.js': `const bytes = Buffer.from('${bytes.toString('base64')}', 'base64')
export const { add } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports`,
        },
      },
    })
    expect(await shownElsewhere((await compilePortable(space)).code.bytes)).toEqual([5])
  })

  it('leaves the text of packages out of the source map', async () => {
    const space = workspace({ 'flow.ts': showing(`import { z } from 'zod'`, 'z.string().parse("x")') })
    linkPackages(space, 'zod')
    const { unpacked } = await compilePortable(space)
    const map = JSON.parse(unpacked.files['bundle.mjs.map'] as string) as Record<string, (string | null)[]>
    const { sources = [], sourcesContent = [] } = map
    expect(sources.filter((source) => source?.includes('node_modules')).length).toBeGreaterThan(5)
    expect(sources.filter((_, index) => sourcesContent[index] !== null)).toEqual(['flow.ts'])
  })

  it('says what is not installed, and where it is imported', async () => {
    const space = workspace({ 'flow.ts': showing(`import absent from 'absent'`, 'absent') })
    const [problem] = await problemsOf(compilePortable(space))
    expect(problem).toMatchObject({ code: 'IMPORT_NOT_FOUND', at: { line: 1 } })
  })

  it('is kept apart from the linked one in the cache, and is not compiled again', async () => {
    const space = workspace({ 'flow.ts': showing(`import { z } from 'zod'`, 'typeof z') })
    linkPackages(space, 'zod')
    const linked = await compileFlow(space.path('flow.ts'), { cacheDir: space.cacheDir })
    const bundled = await compilePortable(space)
    expect(bundled.code.hash).not.toBe(linked.code.hash)
    expect(linked.code.bytes.length).toBeLessThan(20_000)
    const again = await compileFlow(space.path('flow.ts'), { cacheDir: space.cacheDir })
    expect(again.code.hash).toBe(linked.code.hash)
    expect((await compilePortable(space)).code.hash).toBe(bundled.code.hash)
  })

  it('sees an update of a package', async () => {
    const space = workspace({ 'flow.ts': showing(`import changes from 'changes'`, 'changes.value') })
    writePackages(space, { changes: { files: { 'index.js': 'exports.value = 1' } } })
    const before = await compilePortable(space)
    space.write('node_modules/changes/index.js', 'exports.value = 2')
    const after = await compilePortable(space)
    expect(after.code.hash).not.toBe(before.code.hash)
    expect(await shownElsewhere(after.code.bytes)).toEqual([2])
    // What was packed before is what it was.
    expect(await shownElsewhere(before.code.bytes)).toEqual([1])
  })

  it('bundles packages of a workspace with the packages they use', async () => {
    const space = workspace({
      'packages/shared/package.json':
        '{ "name": "shared", "version": "1.0.0", "type": "module", "exports": "./src.ts" }',
      'packages/shared/src.ts': `import { z } from 'zod'\nexport const shared = (): string => z.string().parse('workspace')`,
      'flow.ts': showing(`import { shared } from '../shared/src.ts'`, 'shared()'),
    })
    linkPackages(space, 'zod')
    mkdirSync(space.path('packages/flows'))
    writeFileSync(
      space.path('packages/flows/flow.ts'),
      showing(`import { shared } from '../shared/src.ts'`, 'shared()'),
    )
    const { code } = await compilePortable(space, 'packages/flows/flow.ts')
    expect(await shownElsewhere(code.bytes)).toEqual(['workspace'])
  })
})

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { describe, expect, it } from 'vitest'

import { compileFlow, unpackCode, type CompiledFlow } from '../src/index.ts'
import { flowClass, load, openFlow, places, problemsOf } from './open-flow.ts'
import { workspace, type Workspace } from './workspace.ts'

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))

/** A flow whose static member `shown` holds the values of expressions. */
function showing(imports: string, ...expressions: readonly string[]): string {
  return `${imports}
import { FlowSpec, step } from 'flowctl'
export default class Shown extends FlowSpec {
  static shown = [${expressions.join(', ')}]
  @step start() { this.next(this.end) }
  @step end() {}
}`
}

async function compile(space: Workspace, name: string): Promise<CompiledFlow> {
  return compileFlow(space.path(name), { cacheDir: space.cacheDir })
}

async function shown(space: Workspace, name = 'flow.ts'): Promise<readonly unknown[]> {
  return ((await flowClass(await compile(space, name))) as unknown as { shown: readonly unknown[] }).shown
}

/** Makes the packages of this repository those of the workspace. */
function linkPackages(space: Workspace, folder = '.'): void {
  symlinkSync(join(REPOSITORY, 'node_modules'), join(space.root, folder, 'node_modules'))
}

describe('what is bundled', () => {
  it("takes the user's own files, also without extension, as text and as JSON", async () => {
    const space = workspace({
      'lib/helper.ts': 'export const helper = "helped"',
      'lib/index.js': 'export const index = 1',
      'data/query.sql': 'select 1',
      'data/notes.md': '# Notes',
      'data/table.csv': 'a,b',
      'data/plain.txt': 'text',
      'data/settings.json': '{ "depth": 3 }',
      'flow.ts': showing(
        `import { helper } from './lib/helper'
import { index } from './lib'
import query from './data/query.sql'
import notes from './data/notes.md'
import table from './data/table.csv'
import plain from './data/plain.txt'
import settings from './data/settings.json' with { type: 'json' }`,
        'helper',
        'index',
        'query',
        'notes',
        'table',
        'plain',
        'settings.depth',
      ),
    })
    expect(await shown(space)).toEqual(['helped', 1, 'select 1', '# Notes', 'a,b', 'text', 3])
  })

  it('resolves npm packages from the project, and names them', async () => {
    const space = workspace({
      'flow.ts': showing(
        `import { z } from 'zod'\nimport { readFileSync } from 'node:fs'\nimport path from 'path'`,
        'z.string().parse("x")',
        'typeof readFileSync',
        'path.sep',
      ),
    })
    linkPackages(space)
    expect((await shown(space))[0]).toBe('x')
    const code = unpackCode((await compile(space, 'flow.ts')).code.bytes)
    expect(code.externals).toEqual(['node:fs', 'path', 'zod'])
    expect(code.files['bundle.mjs']).not.toContain('ZodString')
  })

  it('finds native add-ons, and packages in an outer node_modules', async () => {
    const space = workspace({
      'inner/node_modules/near/package.json':
        '{ "name": "near", "version": "1.0.0", "type": "module", "main": "index.js" }',
      'inner/node_modules/near/index.js': 'export const near = "inner"',
      'inner/flows/flow.ts': showing(
        `import { parseSync } from 'oxc-parser'\nimport { near } from 'near'`,
        `parseSync('a.js', 'x').program.type`,
        'near',
      ),
    })
    linkPackages(space)
    expect(await shown(space, 'inner/flows/flow.ts')).toEqual(['Program', 'inner'])
  })

  it('bundles workspace packages and what tsconfig paths lead to', async () => {
    const space = workspace({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }',
      'lib/tools.ts': 'export const tools = "by path"',
      'packages/shared/package.json':
        '{ "name": "shared", "version": "1.0.0", "type": "module", "exports": "./src.ts" }',
      'packages/shared/src.ts': 'export const shared: string = "workspace"',
      'flow.ts': showing(`import { tools } from '@lib/tools'\nimport { shared } from 'shared'`, 'tools', 'shared'),
    })
    mkdirSync(space.path('node_modules'))
    symlinkSync(space.path('packages/shared'), space.path('node_modules/shared'))
    expect(await shown(space)).toEqual(['by path', 'workspace'])
  })

  it('names a file of a package in the way Node wants it', async () => {
    const space = workspace({
      'node_modules/old/package.json': '{ "name": "old", "version": "1.0.0" }',
      'node_modules/old/part.js': 'module.exports = { part: "found" }',
      'flow.ts': showing(`import old from 'old/part'`, 'old.part'),
    })
    expect(await shown(space)).toEqual(['found'])
  })

  it('lets import.meta, __dirname and __filename mean the original files', async () => {
    const space = workspace({
      'lib/place.ts':
        'export const place = [import.meta.url, import.meta.dirname, import.meta.filename]\nexport const near = import.meta.resolve("./x.json")',
      'lib/old.cjs': 'exports.old = [__dirname, __filename]',
      'lib/own.ts': `import { dirname } from 'node:path'\nimport { fileURLToPath } from 'node:url'\nconst __dirname = dirname(fileURLToPath(import.meta.url))\nexport const own = __dirname`,
      'flow.ts': showing(
        `import { place, near } from './lib/place.ts'\nimport { old } from './lib/old.cjs'\nimport { own } from './lib/own.ts'`,
        'place',
        'near',
        'old',
        'own',
        '__filename',
      ),
    })
    const lib = space.path('lib')
    const url = (name: string): string => pathToFileURL(join(lib, name)).href
    expect(await shown(space)).toEqual([
      [url('place.ts'), lib, join(lib, 'place.ts')],
      url('x.json'),
      [lib, join(lib, 'old.cjs')],
      lib,
      space.path('flow.ts'),
    ])
  })

  it('runs CommonJS files that require packages and built-ins, also by a computed name', async () => {
    const space = workspace({
      'old.cjs': `const name = 'node:' + 'path'\nmodule.exports = { sep: require(name).sep, zod: typeof require('zod').z.string, os: typeof require('os').cpus }`,
      'flow.ts': showing(
        `import { createRequire } from 'node:module'\nimport old from './old.cjs'\nconst require = createRequire(import.meta.url)`,
        'old',
        `typeof require('zod').z.string`,
      ),
    })
    linkPackages(space)
    expect(await shown(space)).toEqual([{ sep: '/', zod: 'function', os: 'function' }, 'function'])
  })

  it('keeps names of classes and methods, and awaits at the top level', async () => {
    const space = workspace({
      'flow.ts': showing(
        `const ready = await Promise.resolve('ready')\nclass Helper { #x = 1; get x() { return this.#x } }`,
        'ready',
        'Helper.name',
        'new Helper().x',
      ),
    })
    expect(await shown(space)).toEqual(['ready', 'Helper', 1])
    expect((await flowClass(await compile(space, 'flow.ts'))).name).toBe('Shown')
  })
})

describe('source maps', () => {
  it('lead a stack to the line of the TypeScript file', async () => {
    const space = workspace({
      'my lib/thrower.ts': `interface Unused { a: number }\n\nexport function thrower(): never {\n  throw new Error('here')\n}`,
      'flow.ts': showing(`import { thrower } from './my lib/thrower'`, 'thrower'),
    })
    const { bundle } = await compile(space, 'flow.ts')
    const script = `process.setSourceMapsEnabled(true)
globalThis[Symbol.for('flowctl.api')] = { FlowSpec: class {}, step() {} }
const { default: Flow } = await import(${JSON.stringify(pathToFileURL(bundle).href)})
try { Flow.shown[0]() } catch (error) { console.log(error.stack) }`
    const stack = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(stack).toContain(`${space.path('my lib/thrower.ts')}:4:9`)
  })
})

describe('dialects', () => {
  const body = `{
  @step start() { this.next(this.end) }
  @step() end() {}
}`
  it.each([
    ['flow.ts', `import { FlowSpec, step } from 'flowctl'\nexport default class F extends FlowSpec ${body}`],
    ['flow.mts', `import { FlowSpec, step } from 'flowctl'\nexport class F extends FlowSpec ${body}`],
    ['flow.tsx', `import { FlowSpec, step } from 'flowctl'\nexport default class F extends FlowSpec ${body}`],
    ['flow.js', `import { FlowSpec, step } from 'flowctl'\nclass F extends FlowSpec ${body}\nexport { F as default }`],
    [
      'flow.mjs',
      `import * as flowctl from 'flowctl'\nconst { step } = flowctl\nexport const F = class extends flowctl.FlowSpec ${body.replaceAll('@step', '@flowctl.step')}`,
    ],
    [
      'flow.jsx',
      `import { FlowSpec as Base, step as task } from 'flowctl'\nexport default class F extends Base ${body.replaceAll('@step', '@task')}`,
    ],
    [
      'flow.cjs',
      `const { FlowSpec, step } = require('flowctl')\nclass F extends FlowSpec ${body}\nmodule.exports = { F }`,
    ],
    [
      'whole.cjs',
      `const flowctl = require('flowctl')\nmodule.exports = class F extends flowctl.FlowSpec ${body.replaceAll('@step', '@flowctl.step')}`,
    ],
    [
      'flow.cts',
      `import flowctl = require('flowctl')\nclass F extends flowctl.FlowSpec ${body.replaceAll('@step', '@flowctl.step')}\nexport = F`,
    ],
    ['plain.js', `const { FlowSpec, step } = require('flowctl')\nexports.F = class F extends FlowSpec ${body}`],
  ])('reads %s', async (name, text) => {
    const space = workspace({ [name]: text })
    const graph = await openFlow(space, name)
    expect(graph).toMatchObject({ start: 'start', end: 'end' })
    expect(Object.keys(graph.steps)).toEqual(['start', 'end'])
    expect(graph.flow).toBe('F')
  })

  it('takes legacy decorators when the tsconfig asks for them', async () => {
    const space = workspace({
      'base.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
      'tsconfig.json': '{ "extends": "./base.json" }',
      'flow.ts': showing(
        `function legacy(target: object, key: string, descriptor: object) { seen.push(typeof key, typeof descriptor) }\nconst seen: string[] = []\nclass Probe { @legacy method() {} }\nvoid Probe`,
        '...seen',
      ),
    })
    expect(await shown(space)).toEqual(['string', 'object'])
    expect(Object.keys((await openFlow(space, 'flow.ts')).steps)).toEqual(['start', 'end'])
  })

  it('reads a file with a byte order mark, CRLF lines and letters of other scripts', async () => {
    const space = workspace({
      'flow.ts': `\uFEFFimport { FlowSpec, step } from 'flowctl'\r\nexport default class Größe extends FlowSpec {\r\n  /** é */ @step start() { '😀'; this.next(this.nowhere) }\r\n  @step end() {}\r\n}`,
    })
    expect(places(await problemsOf(openFlow(space, 'flow.ts')))).toEqual(['NEXT_TARGET_UNKNOWN 3:44'])
  })
})

describe('the names of flowctl', () => {
  const flow = (names: string): string =>
    `import { ${names} } from 'flowctl'\nexport default class F extends FlowSpec {\n  @step start() { nope(); this.next(this.end) }\n  @step end() {}\n}`

  it('are checked while bundling when they are known', async () => {
    const space = workspace({ 'flow.ts': flow('FlowSpec, step, type Inputs, nope').replace('nope', 'stepp as nope') })
    const apiNames = ['FlowSpec', 'step', 'retry']
    const problems = await problemsOf(compileFlow(space.path('flow.ts'), { cacheDir: space.cacheDir, apiNames }))
    expect(places(problems)).toEqual(['FLOWCTL_EXPORT_UNKNOWN 1:39'])
    expect(problems[0]?.fix).toContain("'step'")
  })

  it('are checked when the bundle is loaded otherwise', async () => {
    const space = workspace({ 'flow.ts': flow('FlowSpec, step, nope') })
    const { bundle } = await compile(space, 'flow.ts')
    await expect(load(bundle)).rejects.toThrow("flowctl has no export named 'nope'")
  })

  it('may be types that are imported like values', async () => {
    const space = workspace({
      'flow.ts': flow('FlowSpec, step, Inputs').replace(
        'nope();',
        'const x: Inputs<this> | undefined = undefined; void x;',
      ),
    })
    await load((await compile(space, 'flow.ts')).bundle)
  })
})

describe('the code package', () => {
  it('has the same bytes wherever the sources and the cache lie', async () => {
    const files = {
      'lib/h.ts': 'export const h = import.meta.url',
      'flow.ts': showing(`import { h } from './lib/h'`, 'h'),
    }
    const [one, other] = [workspace(files), workspace({})]
    for (const [name, text] of Object.entries(files)) other.write(join('deep/er', name), text)
    const [a, b] = [
      await compile(one, 'flow.ts'),
      await compileFlow(other.path('deep/er/flow.ts'), { cacheDir: other.path('elsewhere') }),
    ]
    expect(b.code.hash).toBe(a.code.hash)
    expect(Buffer.from(b.code.bytes).equals(a.code.bytes)).toBe(true)
    expect(Buffer.from(a.code.bytes).toString()).not.toContain(one.root)
    one.write('lib/h.ts', 'export const h = 2')
    expect((await compile(one, 'flow.ts')).code.hash).not.toBe(a.code.hash)
  })

  it('carries its parts', async () => {
    const space = workspace({ 'flow.ts': showing('', '1') })
    const { code } = await compile(space, 'flow.ts')
    const unpacked = unpackCode(code.bytes)
    expect(unpacked).toMatchObject({
      format: 1,
      className: 'Shown',
      file: 'flow.ts',
      entry: 'bundle.mjs',
      externals: [],
    })
    expect(Object.keys(unpacked.files)).toEqual(['bundle.mjs', 'bundle.mjs.map'])
    expect((JSON.parse(unpacked.files['bundle.mjs.map'] as string) as { sources: string[] }).sources).toContain(
      'flow.ts',
    )
  })

  it.each([
    ['not JSON', 'it is not JSON'],
    ['{"format":3}', 'its format is 3, not 1 or 2'],
    ['{"format":2,"entry":"a.mjs","files":{"a.mjs":""}}', 'which packages it needs'],
    ['{"format":1,"files":{}}', 'its entry is missing'],
    ['{"format":1,"entry":"a.mjs","files":{"a.mjs":"","../b":""}}', '"../b"'],
  ])('is refused when it is %s', (text, reason) => {
    expect(() => unpackCode(Buffer.from(text))).toThrow(reason)
  })
})

describe('failures', () => {
  it.each([
    ['a syntax error', { 'flow.ts': `export default class {\n  foo( }` }, 'SOURCE_SYNTAX 2:8', 'Expected'],
    [
      'a file that is not there',
      { 'flow.ts': showing(`import { x } from './nowhere'`, 'x') },
      'IMPORT_NOT_FOUND 1:19',
      './nowhere',
    ],
    [
      'a package that is not there',
      { 'flow.ts': showing(`import { x } from '@no/where/x'`, 'x') },
      'IMPORT_NOT_FOUND 1:19',
      'npm install @no/where',
    ],
    [
      'a name that a file lacks',
      { 'a.ts': 'export const a = 1', 'flow.ts': showing(`/* é */ import { b } from './a'`, 'b') },
      'SOURCE_SYNTAX 1:18',
      '"b"',
    ],
  ])('name the place of %s', async (_, files, place, text) => {
    const space = workspace(files)
    const problems = await problemsOf(compile(space, 'flow.ts'))
    expect(places(problems)).toEqual([place])
    expect(`${problems[0]?.message} ${problems[0]?.fix}`).toContain(text)
    expect(problems[0]?.at?.file).toBe(space.path('flow.ts'))
  })

  it('name all unresolved imports at once', async () => {
    const space = workspace({
      'lib.ts': `import b from './b'\nexport const x = b`,
      'flow.ts': showing(`import a from './a'\nimport { x } from './lib'`, 'a', 'x'),
    })
    const problems = await problemsOf(compile(space, 'flow.ts'))
    expect(problems.map((problem) => problem.code)).toEqual(['IMPORT_NOT_FOUND', 'IMPORT_NOT_FOUND'])
  })

  it('are told of files that cannot be a flow', async () => {
    const space = workspace({ 'flows/train.ts': '', 'flows/notes.md': '', 'flows/types.d.ts': '' })
    const told = async (name: string): Promise<string> => {
      const [problem] = await problemsOf(compile(space, name))
      return `${problem?.code} ${problem?.message} ${problem?.fix}`
    }
    expect(await told('flows')).toMatch(/FLOW_FILE_IS_FOLDER .* train\.ts\./)
    expect(await told('flows/notes.md')).toContain('FLOW_FILE_KIND')
    expect(await told('flows/types.d.ts')).toContain('FLOW_FILE_KIND')
    expect(await told('flows/trian.ts')).toMatch(/FLOW_FILE_NOT_FOUND .*train\.ts/)
    expect(await told('flows/train')).toMatch(/FLOW_FILE_NOT_FOUND .*train\.ts/)
    expect(await told('elsewhere/x.ts')).toMatch(/FLOW_FILE_NOT_FOUND .*Check the path/)
  })
})

describe('the cache', () => {
  const flow = showing(`import { value } from './lib'`, 'value')

  it('skips what has not changed and notices what has', async () => {
    const space = workspace({ 'lib.ts': 'export const value = 1', 'flow.ts': flow })
    const first = await compile(space, 'flow.ts')
    const again = await compile(space, 'flow.ts')
    expect(again).toEqual(first)
    space.write('lib.ts', 'export const value = 2')
    expect(await shown(space)).toEqual([2])
    space.write('tsconfig.json', '{ "compilerOptions": { "experimentalDecorators": true } }')
    expect((await compile(space, 'flow.ts')).code.hash).not.toBe(first.code.hash)
  })

  it('writes nothing anew when nothing changed', async () => {
    const space = workspace({ 'lib.ts': 'export const value = 1', 'flow.ts': flow })
    const { bundle } = await compile(space, 'flow.ts')
    const written = statSync(bundle).mtimeMs
    expect((await compile(space, 'flow.ts')).bundle).toBe(bundle)
    expect(statSync(bundle).mtimeMs).toBe(written)
  })

  it('survives damage', async () => {
    const space = workspace({ 'lib.ts': 'export const value = 1', 'flow.ts': flow })
    const { code } = await compile(space, 'flow.ts')
    writeFileSync(join(space.cacheDir, 'code', `${code.hash}.json`), 'half')
    expect((await compile(space, 'flow.ts')).code.hash).toBe(code.hash)
    expect(await shown(space)).toEqual([1])
  })

  it('is shared by compiles at the same time', async () => {
    const space = workspace({ 'lib.ts': 'export const value = 1', 'flow.ts': flow })
    const all = await Promise.all(Array.from({ length: 6 }, () => compile(space, 'flow.ts')))
    expect(new Set(all.map((one) => one.bundle)).size).toBe(1)
    expect(readFileSync(join(dirname(all[0]?.bundle as string), 'project.mjs'), 'utf8')).toContain(space.root)
  })
})

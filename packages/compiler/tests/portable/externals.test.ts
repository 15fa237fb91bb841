import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { problemsOf } from '../open-flow.ts'
import { workspace, type Workspace } from '../workspace.ts'
import {
  compilePortable,
  copyPackages,
  REPOSITORY,
  showing,
  shownElsewhere,
  writeLock,
  writePackages,
} from './anywhere.ts'

const BINDING = '@oxc-parser/binding-linux-x64-gnu'
const PLAIN = { files: { 'index.js': 'exports.value = 1' } }

/** A flow that imports packages made for the test. */
function importing(...names: readonly string[]): Workspace {
  const imports = names.map((name, index) => `import * as p${index} from '${name}'`).join('\n')
  return workspace({ 'flow.ts': showing(imports, ...names.map((_, index) => `p${index}`)) })
}

describe('packages that stay outside', () => {
  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'are native ones: pinned with all they depend on, and loaded from where they are installed',
    async () => {
      const space = workspace({
        'flow.ts': showing(`import { parseSync } from 'oxc-parser'`, `parseSync('a.js', 'x').program.type`),
      })
      copyPackages(space, 'oxc-parser', '@oxc-project/types', BINDING)
      const { code, unpacked, notes } = await compilePortable(space)
      const { version } = JSON.parse(readFileSync(space.path('node_modules/oxc-parser/package.json'), 'utf8')) as {
        version: string
      }
      expect(unpacked.externals).toContain('oxc-parser')
      expect(unpacked.install?.dependencies).toEqual({ 'oxc-parser': version })
      expect(Object.keys(unpacked.install?.packages ?? {})).toEqual([
        `node_modules/${BINDING}`,
        'node_modules/@oxc-project/types',
        'node_modules/oxc-parser',
      ])
      expect(unpacked.install?.packages[`node_modules/${BINDING}`]).toMatchObject({ optional: true, os: ['linux'] })
      expect(notes).toEqual([
        `oxc-parser ${version} stays outside the code package, and workers install it: it holds native code.`,
      ])
      expect(await shownElsewhere(code.bytes, { project: space.root })).toEqual(['Program'])
    },
  )

  it.each([
    ['built with node-gyp', { gypfile: true }, {}],
    ['with a binding.gyp', {}, { 'binding.gyp': '{}' }],
    ['with binaries to fetch', { binary: { module_name: 'x' } }, {}],
    ['of napi-rs', { napi: { binaryName: 'x' } }, {}],
    ['that look for their binding', { dependencies: { bindings: '^1' } }, {}],
    ['that bring prebuilt bindings', { dependencies: { 'node-gyp-build': '^4' } }, {}],
    ['with platform packages', { optionalDependencies: { '@img/sharp-linux-x64': '1' } }, {}],
    ['with platform packages named otherwise', { optionalDependencies: { 'x-darwin-arm64': '1' } }, {}],
  ])('are those %s', async (_, manifest, files) => {
    const space = importing('native')
    writePackages(space, { native: { manifest, files: { ...PLAIN.files, ...files } } })
    const { unpacked } = await compilePortable(space)
    expect(unpacked.install?.dependencies).toEqual({ native: '1.0.0' })
    expect(unpacked.files['bundle.mjs']).not.toContain('exports.value')
  })

  it.each([
    ['look for files beside them', 'new URL("./data.bin", import.meta.url)', 'it looks for files beside its modules'],
    ['make a require of their own', 'import.meta.url.length', 'it looks for files beside its modules'],
    ['ask where their own files are', 'typeof require === "function" && require.resolve("./x")', 'it looks for files'],
    ['load a .node file', 'import("./build/x.node")', 'it cannot be bundled (No loader is configured'],
    ['import what is not there', 'await import("./absent.js").catch(() => 1); import "gone"', 'it cannot be bundled'],
  ])('are those that %s', async (_, code, why) => {
    const space = importing('odd', 'plain')
    writePackages(space, {
      odd: { manifest: { type: 'module' }, files: { 'index.js': `export const value = ${code}`, 'build/x.node': '' } },
      plain: PLAIN,
    })
    const { unpacked, notes } = await compilePortable(space)
    expect(unpacked.install?.dependencies).toEqual({ odd: '1.0.0' })
    expect(notes[0]).toContain(`odd 1.0.0 stays outside the code package, and workers install it: ${why}`)
  })

  it('are not those whose files of that kind the flow does not use', async () => {
    const space = workspace({ 'flow.ts': showing(`import { used } from 'partly'`, 'used') })
    writePackages(space, {
      partly: {
        manifest: { type: 'module', sideEffects: false },
        files: {
          'index.js': `export { used } from './used.js'\nexport { placed } from './placed.js'`,
          'used.js': 'export const used = 1',
          'placed.js': 'export const placed = new URL("./x", import.meta.url)',
        },
      },
    })
    const { code, notes } = await compilePortable(space)
    expect(notes).toEqual([])
    expect(await shownElsewhere(code.bytes)).toEqual([1])
  })

  it('are those whose place the flow asks for, and it is found', async () => {
    const space = workspace({
      'flow.ts': showing(
        `import { readFileSync } from 'node:fs'\nimport { value } from 'holds-data'`,
        `readFileSync(new URL('data.txt', import.meta.resolve('holds-data')), 'utf8')`,
        'value',
      ),
    })
    writePackages(space, { 'holds-data': { files: { ...PLAIN.files, 'data.txt': 'data' } } })
    const { code, notes } = await compilePortable(space)
    expect(notes[0]).toContain('code asks where its files are')
    expect(await shownElsewhere(code.bytes, { project: space.root })).toEqual(['data', 1])
  })

  it('are those whose place a package in the bundle asks for', async () => {
    const space = workspace({ 'flow.ts': showing(`import asks from 'asks'`, 'asks.found.endsWith("plain/index.js")') })
    writePackages(space, {
      asks: { files: { 'index.js': `exports.found = require.resolve('plain')` } },
      plain: PLAIN,
    })
    const { code, unpacked } = await compilePortable(space)
    expect(unpacked.install?.dependencies).toEqual({ plain: '1.0.0' })
    expect(await shownElsewhere(code.bytes, { project: space.root })).toEqual([true])
  })

  it('are required by packages in the bundle', async () => {
    const space = workspace({ 'flow.ts': showing(`import inside from 'inside'`, 'inside.value') })
    writePackages(space, {
      inside: { files: { 'index.js': `exports.value = require('native').value + require('native/part').value` } },
      native: { manifest: { gypfile: true }, files: { ...PLAIN.files, 'part.js': 'exports.value = 2' } },
    })
    const { code, unpacked } = await compilePortable(space)
    expect(unpacked.externals).toEqual(['native', 'native/part.js'])
    expect(await shownElsewhere(code.bytes, { project: space.root })).toEqual([3])
  })
})

describe('packages that are declared external', () => {
  const declaring = (flowctl: unknown): Workspace => {
    const space = importing('plain')
    space.write('package.json', JSON.stringify({ flowctl }))
    writePackages(space, { plain: PLAIN, unseen: PLAIN })
    return space
  }

  it('stay outside, also when no import of them is seen', async () => {
    const { unpacked, notes } = await compilePortable(declaring({ external: ['unseen', 'plain'] }))
    expect(unpacked.install?.dependencies).toEqual({ plain: '1.0.0', unseen: '1.0.0' })
    expect(notes[0]).toBe(
      'plain 1.0.0 stays outside the code package, and workers install it: package.json declares it.',
    )
  })

  it('may have install scripts, which makes them external too', async () => {
    const { unpacked } = await compilePortable(declaring({ installScripts: ['plain'] }))
    expect(unpacked.install).toMatchObject({ dependencies: { plain: '1.0.0' }, scripts: ['plain'] })
  })

  it.each([
    [['plain'], '"flowctl" is not an object'],
    [{ externals: ['plain'] }, '"flowctl" has a field "externals"; it may have external and installScripts'],
    [{ external: 'plain' }, '"flowctl.external" is not a list of package names'],
    [{ external: ['../plain'] }, '"flowctl.external" is not a list of package names'],
    [{ installScripts: [1] }, '"flowctl.installScripts" is not a list of package names'],
  ])('in a way that cannot be read: %j', async (flowctl, reason) => {
    const [problem] = await problemsOf(compilePortable(declaring(flowctl)))
    expect(problem?.code).toBe('EXTERNAL_DECLARATION_INVALID')
    expect(problem?.message).toContain(reason)
  })

  it('and are not installed', async () => {
    const [problem] = await problemsOf(compilePortable(declaring({ external: ['absent'] })))
    expect(problem?.message).toBe("The package 'absent' is declared external, but it is not installed.")
  })

  it('count for the flows below the package.json, up to the next that declares something', async () => {
    const space = declaring({ external: ['unseen'] })
    space.write('flows/package.json', '{ "name": "flows" }')
    space.write('flows/flow.ts', showing('', '1'))
    space.write('flows/own/package.json', '{ "flowctl": { "external": ["plain"] } }')
    space.write('flows/own/flow.ts', showing('', '1'))
    const dependencies = async (name: string): Promise<unknown> =>
      (await compilePortable(space, name)).unpacked.install?.dependencies
    expect(await dependencies('flows/flow.ts')).toEqual({ unseen: '1.0.0' })
    expect(await dependencies('flows/own/flow.ts')).toEqual({ plain: '1.0.0' })
  })
})

describe('pinning', () => {
  it('takes versions and integrity from the package-lock.json, for all platforms', async () => {
    const space = importing('native')
    writePackages(space, {
      native: {
        manifest: { dependencies: { helper: '^1' }, optionalDependencies: { 'native-linux-x64': '1.0.0' } },
        files: PLAIN.files,
      },
      helper: PLAIN,
    })
    const optional = { 'native-linux-x64': '1.0.0', 'native-win32-x64': '1.0.0' }
    writeLock(space, {
      'node_modules/native': {
        version: '1.0.0',
        resolved: 'https://user:secret@packages.example.com/native.tgz',
        integrity: 'sha512-a',
        dev: true,
        license: 'MIT',
        dependencies: { helper: '^1' },
        optionalDependencies: optional,
      },
      'node_modules/helper': { version: '1.2.3', integrity: 'sha512-b' },
      'node_modules/native-linux-x64': { version: '1.0.0', os: ['linux'], cpu: ['x64'], optional: true, dev: true },
      'node_modules/native-win32-x64': { version: '1.0.0', os: ['win32'], cpu: ['x64'], optional: true, dev: true },
      'node_modules/other': { version: '9.9.9' },
    })
    const { unpacked } = await compilePortable(space)
    expect(unpacked.install).toEqual({
      dependencies: { native: '1.0.0' },
      packages: {
        'node_modules/helper': { version: '1.2.3', integrity: 'sha512-b' },
        'node_modules/native': {
          version: '1.0.0',
          resolved: 'https://packages.example.com/native.tgz',
          integrity: 'sha512-a',
          dependencies: { helper: '^1' },
          optionalDependencies: optional,
        },
        'node_modules/native-linux-x64': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'] },
        'node_modules/native-win32-x64': { version: '1.0.0', optional: true, os: ['win32'], cpu: ['x64'] },
      },
      scripts: [],
    })
  })

  it('reads the lock file of this repository', async () => {
    const space = workspace({ 'flow.ts': showing(`import { buildSync } from 'esbuild'`, 'typeof buildSync') })
    rmSync(space.path('node_modules'), { recursive: true, force: true })
    const { symlinkSync } = await import('node:fs')
    symlinkSync(join(REPOSITORY, 'node_modules'), space.path('node_modules'))
    const { code, unpacked, notes } = await compilePortable(space)
    const { packages } = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; integrity: string }>
    }
    const locked = packages['node_modules/esbuild']
    expect(unpacked.install?.packages['node_modules/esbuild']).toMatchObject({
      version: locked?.version,
      integrity: locked?.integrity,
    })
    expect(Object.keys(unpacked.install?.packages ?? {}).length).toBeGreaterThan(20)
    expect(notes[0]).toMatch(/ Its install script is not run there\.$/)
    expect(await shownElsewhere(code.bytes, { project: space.root })).toEqual(['function'])
  })

  it('keeps two versions apart that a tree needs, and peers beside who needs them', async () => {
    const space = importing('native')
    const native = { gypfile: true, dependencies: { a: '1', b: '1' }, peerDependencies: { peer: '1' } }
    const needsB2 = { dependencies: { b: '2' } }
    writePackages(space, {
      native: {
        manifest: native,
        files: { 'index.js': `exports.value = require('a').value + require('b').value + require('peer').value` },
      },
      a: { manifest: needsB2, files: { 'index.js': `exports.value = require('b').value` } },
      'a/node_modules/b': { manifest: { version: '2.0.0' }, files: { 'index.js': 'exports.value = "b2 "' } },
      b: { files: { 'index.js': 'exports.value = "b1 "' } },
      peer: { files: { 'index.js': 'exports.value = "peer"' } },
    })
    const { code, unpacked } = await compilePortable(space)
    const versions = Object.entries(unpacked.install?.packages ?? {}).map(([path, { version }]) => `${path} ${version}`)
    expect(versions).toEqual([
      'node_modules/a 1.0.0',
      'node_modules/a/node_modules/b 2.0.0',
      'node_modules/b 1.0.0',
      'node_modules/native 1.0.0',
      'node_modules/peer 1.0.0',
    ])
    expect(unpacked.install?.dependencies).toEqual({ native: '1.0.0', peer: '1.0.0' })
    const [shown] = (await shownElsewhere(code.bytes, { project: space.root })) as [{ value: string }]
    expect(shown.value).toBe('b2 b1 peer')
  })

  it('lifts a package that only an inner folder holds', async () => {
    const space = importing('outer')
    writePackages(space, {
      outer: { files: { 'index.js': `exports.value = require('native').value` } },
      'outer/node_modules/native': { manifest: { gypfile: true, version: '3.0.0' }, files: PLAIN.files },
    })
    writeLock(space, {
      'node_modules/outer': { version: '1.0.0' },
      'node_modules/outer/node_modules/native': { version: '3.0.0', integrity: 'sha512-n' },
    })
    const { unpacked } = await compilePortable(space)
    expect(unpacked.install?.packages).toEqual({ 'node_modules/native': { version: '3.0.0', integrity: 'sha512-n' } })
  })

  it('keeps the name behind an alias', async () => {
    const space = importing('alias')
    writePackages(space, { alias: { manifest: { name: 'real', gypfile: true }, files: PLAIN.files } })
    const { unpacked } = await compilePortable(space)
    expect(unpacked.install).toMatchObject({
      dependencies: { alias: 'npm:real@1.0.0' },
      packages: { 'node_modules/alias': { name: 'real', version: '1.0.0' } },
    })
  })

  it('follows what is installed when there is no lock file', async () => {
    const space = importing('native')
    writePackages(space, {
      native: { manifest: { gypfile: true, dependencies: { deep: '*' } }, files: PLAIN.files },
      deep: PLAIN,
    })
    await compilePortable(space)
    writePackages(space, { deep: { manifest: { version: '1.0.1' }, files: PLAIN.files } })
    expect((await compilePortable(space)).unpacked.install?.packages['node_modules/deep']?.version).toBe('1.0.1')
  })

  it('follows the lock file, not the time', async () => {
    const space = importing('native')
    writePackages(space, { native: { manifest: { gypfile: true }, files: PLAIN.files } })
    writeLock(space, { 'node_modules/native': { version: '1.0.0', integrity: 'sha512-a' } })
    const before = await compilePortable(space)
    writeLock(space, { 'node_modules/native': { version: '1.0.0', integrity: 'sha512-b' } })
    expect((await compilePortable(space)).code.hash).not.toBe(before.code.hash)
  })

  it('refuses a lock file that says something else than what is installed', async () => {
    const space = importing('native')
    writePackages(space, { native: { manifest: { gypfile: true }, files: PLAIN.files } })
    writeLock(space, { 'node_modules/native': { version: '1.1.0' } })
    const [problem] = await problemsOf(compilePortable(space))
    expect(problem?.code).toBe('EXTERNAL_LOCK_STALE')
    expect(problem?.message).toBe(`'native' is installed as 1.0.0, but ${space.path('package-lock.json')} says 1.1.0.`)
  })

  it('refuses two versions, and files of this machine; all problems at once', async () => {
    const space = importing('native', 'local', 'outer')
    writePackages(space, {
      native: { manifest: { gypfile: true }, files: PLAIN.files },
      local: { manifest: { gypfile: true }, files: PLAIN.files },
      outer: { files: { 'index.js': `exports.value = require('native').value` } },
      'outer/node_modules/native': { manifest: { gypfile: true, version: '2.0.0' }, files: PLAIN.files },
    })
    writeLock(space, {
      'node_modules/local': { version: '1.0.0', resolved: 'file:../local.tgz' },
    })
    const problems = await problemsOf(compilePortable(space))
    expect(problems.map(({ message }) => message)).toEqual([
      "The package 'local' comes from file:../local.tgz, which workers do not have.",
      "The flow needs 1.0.0 and 2.0.0 of 'native', which cannot be bundled.",
    ])
  })

  it('passes over a lock file that it cannot read', async () => {
    const space = importing('native')
    writePackages(space, { native: { manifest: { gypfile: true }, files: PLAIN.files } })
    for (const text of ['not JSON', '{ "lockfileVersion": 1, "dependencies": {} }']) {
      writeFileSync(space.path('package-lock.json'), text)
      const { unpacked } = await compilePortable(space)
      expect(unpacked.install?.packages).toEqual({ 'node_modules/native': { version: '1.0.0' } })
    }
  })
})

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { installExternals, type CodePackage, type InstallOptions } from '../../src/index.ts'
import { problemsOf } from '../open-flow.ts'
import { workspace } from '../workspace.ts'
import {
  compilePortable,
  copyPackages,
  elsewhere,
  REPOSITORY,
  showing,
  shownElsewhere,
  writePackages,
} from './anywhere.ts'
import { packageFiles, startRegistry, type PackageFiles, type Registry } from './registry.ts'

type Packages = NonNullable<CodePackage['install']>['packages']

const SCRIPT = `require('node:fs').writeFileSync('built.txt', 'built')`

function made(name: string, manifest: object = {}, files: PackageFiles = {}): PackageFiles {
  return {
    'package.json': JSON.stringify({ name, version: '1.0.0', ...manifest }),
    'index.js': `exports.value = '${name}'`,
    ...files,
  }
}

/** A code package that needs these. */
function needing(
  packages: Packages,
  more: { dependencies?: Record<string, string>; scripts?: string[] } = {},
): CodePackage {
  const names = Object.entries(packages).map(([path, { version }]) => [path.slice('node_modules/'.length), version])
  const install = { dependencies: Object.fromEntries(names) as Record<string, string>, packages, scripts: [], ...more }
  return { format: 2, className: 'F', file: 'f.ts', externals: [], install, entry: 'b.mjs', files: { 'b.mjs': '' } }
}

const PLAIN = needing({ 'node_modules/plain': { version: '1.0.0' } })

async function registryWith(...packages: readonly PackageFiles[]): Promise<{ npm: Registry; options: InstallOptions }> {
  const folder = elsewhere()
  const npm = await startRegistry(folder, packages)
  return { npm, options: { cacheDir: join(folder, 'cache'), env: npm.env } }
}

function read(modules: string | undefined, file: string): string {
  return readFileSync(join(modules as string, file), 'utf8')
}

describe('installing what a code package does not hold', () => {
  it('does nothing when there is nothing', async () => {
    const { npm, options } = await registryWith()
    expect(await installExternals(needing({}), options)).toBeUndefined()
    expect(await installExternals({ ...PLAIN, format: 1, install: undefined } as unknown as CodePackage, options)).toBe(
      undefined,
    )
    expect(npm.asked).toEqual([])
    expect(existsSync(options.cacheDir)).toBe(false)
  })

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'lets a flow with a native package run far from its project',
    async () => {
      const names = ['oxc-parser', '@oxc-project/types', '@oxc-parser/binding-linux-x64-gnu']
      const { npm, options } = await registryWith(
        ...names.map((name) => packageFiles(join(REPOSITORY, 'node_modules', name))),
      )
      const space = workspace({
        'flow.ts': showing(`import { parseSync } from 'oxc-parser'`, `parseSync('a.js', 'x').program.type`),
      })
      copyPackages(space, ...names)
      const { code } = await compilePortable(space)
      expect(await shownElsewhere(code.bytes, options)).toEqual(['Program'])
      expect(npm.asked.length).toBeGreaterThanOrEqual(3)
    },
  )

  it('takes the pinned versions of all that is needed, and only packages of this platform', async () => {
    const { npm, options } = await registryWith(
      made('needs', { dependencies: { plain: '*' }, optionalDependencies: { other: '1.0.0' } }),
      made('plain'),
      made('other', { os: ['none'] }),
    )
    const needs = {
      version: '1.0.0',
      integrity: npm.integrity('needs'),
      dependencies: { plain: '*' },
      optionalDependencies: { other: '1.0.0' },
    }
    const packages: Packages = {
      'node_modules/needs': needs,
      'node_modules/other': { version: '1.0.0', os: ['none'], optional: true },
      'node_modules/plain': { version: '1.0.0', integrity: npm.integrity('plain') },
    }
    const modules = await installExternals(needing(packages, { dependencies: { needs: '1.0.0' } }), options)
    expect(read(modules, 'plain/index.js')).toContain('plain')
    expect(existsSync(join(modules as string, 'other'))).toBe(false)
  })

  it('finds packages of this platform that the lock file does not know', async () => {
    const optional = { [`needs-${process.platform}`]: '1.0.0', 'needs-none': '1.0.0' }
    const { options } = await registryWith(
      made('needs', { optionalDependencies: optional }),
      made(`needs-${process.platform}`, { os: [process.platform] }),
      made('needs-none', { os: ['none'] }),
    )
    const packages: Packages = { 'node_modules/needs': { version: '1.0.0', optionalDependencies: optional } }
    const modules = await installExternals(needing(packages), options)
    expect(read(modules, `needs-${process.platform}/index.js`)).toContain('needs-')
    expect(existsSync(join(modules as string, 'needs-none'))).toBe(false)
  })

  it('installs once for all who need the same, also at the same time', async () => {
    const { npm, options } = await registryWith(made('plain'))
    const installed: (readonly string[])[] = []
    const all = await Promise.all(
      Array.from({ length: 5 }, () =>
        installExternals(PLAIN, { ...options, onInstall: (packages) => installed.push(packages) }),
      ),
    )
    expect(new Set(all).size).toBe(1)
    expect(installed).toEqual([['plain@1.0.0']])
    const asked = npm.asked.length
    expect(await installExternals({ ...PLAIN, className: 'Other' }, options)).toBe(all[0])
    expect(npm.asked.length).toBe(asked)
    const left = readdirSync(join(options.cacheDir, 'externals'))
    expect(left).toHaveLength(1)
  })

  it('installs once for several processes', async () => {
    const { npm, options } = await registryWith(made('plain'))
    const program = `
      import { installExternals } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
      const { code, options } = JSON.parse(process.argv[1])
      const onInstall = () => console.log('installs')
      console.log(await installExternals(code, { ...options, onInstall }))`
    const words = ['--input-type=module', '-e', program, JSON.stringify({ code: PLAIN, options })]
    const outputs = await Promise.all(
      Array.from({ length: 3 }, async () => (await promisify(execFile)(process.execPath, words)).stdout.trim()),
    )
    const lines = outputs.flatMap((output) => output.split('\n'))
    expect(lines.filter((line) => line === 'installs')).toHaveLength(1)
    expect(new Set(lines.filter((line) => line !== 'installs')).size).toBe(1)
    expect(npm.asked.filter((path) => path.includes('/-/'))).toHaveLength(1)
  })

  it('takes over from one that died while it installed', async () => {
    const { options } = await registryWith(made('plain'))
    const first = await installExternals(PLAIN, options)
    const key = (first as string).split('/').at(-2) as string
    const second = { ...options, cacheDir: `${options.cacheDir}-2` }
    const lock = join(second.cacheDir, 'externals', `${key}.lock`)
    mkdirSync(join(second.cacheDir, 'externals'), { recursive: true })
    writeFileSync(lock, '1')
    const past = new Date(Date.now() - 60_000)
    utimesSync(lock, past, past)
    expect(await installExternals(PLAIN, second)).toBe(join(second.cacheDir, 'externals', key, 'node_modules'))
    expect(existsSync(lock)).toBe(false)
  })

  it('runs the install scripts that are declared, and no others', async () => {
    const scripts = { scripts: { install: `node -e "${SCRIPT}"` } }
    const { options } = await registryWith(made('builds', scripts), made('also', scripts))
    const packages: Packages = {
      'node_modules/also': { version: '1.0.0' },
      'node_modules/builds': { version: '1.0.0' },
    }
    const modules = await installExternals(needing(packages, { scripts: ['builds'] }), options)
    expect(read(modules, 'builds/built.txt')).toBe('built')
    expect(existsSync(join(modules as string, 'also/built.txt'))).toBe(false)
  })

  it('keeps an alias', async () => {
    const { options } = await registryWith(made('plain'))
    const packages: Packages = { 'node_modules/alias': { name: 'plain', version: '1.0.0' } }
    const modules = await installExternals(needing(packages, { dependencies: { alias: 'npm:plain@1.0.0' } }), options)
    expect(read(modules, 'alias/index.js')).toContain('plain')
  })
})

describe('a project on the same machine', () => {
  it('gives what it has in the same versions, without npm', async () => {
    const space = workspace({})
    writePackages(space, {
      plain: {
        manifest: { dependencies: { inner: '1' } },
        files: { 'index.js': 'exports.value = 1', 'lib/a.js': 'a' },
      },
      'plain/node_modules/inner': { manifest: { version: '1.1.0' }, files: { 'index.js': 'inner' } },
      inner: { manifest: { version: '2.0.0' }, files: { 'index.js': 'outer' } },
    })
    const packages: Packages = {
      'node_modules/inner': { version: '1.1.0' },
      'node_modules/plain': { version: '1.0.0', dependencies: { inner: '1' } },
    }
    const code = needing(packages, { dependencies: { plain: '1.0.0' } })
    const options = { cacheDir: space.cacheDir, env: {}, project: space.root }
    const modules = await installExternals(code, { ...options, npm: ['/no/such/npm'] })
    expect(read(modules, 'plain/lib/a.js')).toBe('a')
    expect(read(modules, 'inner/index.js')).toBe('inner')
    // A copy: what happens to the project afterwards changes nothing.
    space.write('node_modules/plain/lib/a.js', 'changed')
    expect(read(await installExternals(code, options), 'plain/lib/a.js')).toBe('a')
  })

  it.each([
    ['another version of a package', '2.0.0', '1.0.0'],
    ['another version of what it needs', '1.0.0', '2.0.0'],
    ['not all', '1.0.0', undefined],
  ])('is passed over when it has %s', async (_, plain, inner) => {
    const { options } = await registryWith(made('plain', { dependencies: { inner: '1' } }), made('inner'))
    const space = workspace({})
    writePackages(space, {
      plain: { manifest: { version: plain }, files: { 'index.js': 'mine' } },
      ...(inner === undefined ? {} : { inner: { manifest: { version: inner }, files: { 'index.js': 'mine' } } }),
    })
    const packages: Packages = {
      'node_modules/inner': { version: '1.0.0' },
      'node_modules/plain': { version: '1.0.0', dependencies: { inner: '1' } },
    }
    const code = needing(packages, { dependencies: { plain: '1.0.0' } })
    const modules = await installExternals(code, { ...options, project: space.root })
    expect(read(modules, 'plain/index.js')).toContain('plain')
    expect(read(modules, 'inner/index.js')).toContain('inner')
  })
})

describe('what npm cannot install', () => {
  it.each([
    ['a package that is gone', 'gone', undefined, /404/, 'The registry does not have this version'],
    ['a version that is gone', 'plain', undefined, /ETARGET/, 'The registry does not have this version'],
    ['a registry that refuses', 'plain', 403, /403/, 'The registry refuses the worker'],
    ['a registry that wants a token', 'plain', 401, /401/, 'The registry refuses the worker'],
    ['a registry in trouble', 'plain', 503, /503/, 'cannot reach the registry'],
  ])('says so: %s', async (_, name, status, problem, fix) => {
    const { npm, options } = await registryWith(made('plain'))
    if (status !== undefined) npm.refuse(status)
    const version = name === 'plain' && status === undefined ? '1.9.9' : '1.0.0'
    const [error] = await problemsOf(installExternals(needing({ [`node_modules/${name}`]: { version } }), options))
    expect(error?.code).toBe('EXTERNALS_NOT_INSTALLED')
    expect(error?.message).toMatch(new RegExp(`^npm could not install ${name}@${version}: `))
    expect(error?.message).toMatch(problem)
    expect(error?.message).not.toContain('npm error')
    expect(error?.fix).toContain(fix)
    expect(readdirSync(join(options.cacheDir, 'externals'))).toEqual([])
  })

  it('says so: bytes that are not those of the lock file', async () => {
    const { options } = await registryWith(made('plain'))
    const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`
    const code = needing({ 'node_modules/plain': { version: '1.0.0', integrity } })
    const [error] = await problemsOf(installExternals(code, options))
    expect(error?.message).toContain('(EINTEGRITY)')
    expect(error?.fix).toContain('before you trust')
  })

  it('says so: no registry, and goes on when there is one again', async () => {
    const { options } = await registryWith(made('plain'))
    const env = { ...options.env, npm_config_registry: 'http://127.0.0.1:9/' }
    const [error] = await problemsOf(installExternals(PLAIN, { ...options, env }))
    expect(error?.message).toMatch(/connect ECONNREFUSED 127\.0\.0\.1:9 .*\(ECONNREFUSED\)$/)
    expect(error?.message).not.toMatch(/ at \w+|errno/)
    expect(error?.fix).toContain('cannot reach the registry')
    expect(read(await installExternals(PLAIN, options), 'plain/index.js')).toContain('plain')
  })

  it('says so: no npm', async () => {
    const { options } = await registryWith()
    const [error] = await problemsOf(installExternals(PLAIN, { ...options, npm: ['/no/such/npm'] }))
    expect(error?.code).toBe('EXTERNALS_NPM_MISSING')
    expect(error?.message).toBe('plain@1.0.0 cannot be installed: /no/such/npm does not start (ENOENT).')
  })

  it('says so: an install script that fails', async () => {
    const script = { scripts: { install: `node -e "console.error('no compiler here'); process.exit(1)"` } }
    const { options } = await registryWith(made('builds', script))
    const code = needing({ 'node_modules/builds': { version: '1.0.0' } }, { scripts: ['builds'] })
    const [error] = await problemsOf(installExternals(code, options))
    expect(error?.code).toBe('EXTERNALS_NOT_INSTALLED')
    expect(error?.message).toContain('no compiler here')
  })
})

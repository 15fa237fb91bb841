import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from '../run-command.mjs'

export const CLI = join(ROOT, 'packages/cli')
/** The folder of the bundle. Who is started by its place stands here under the name that the source gives it. */
export const OUT = join(CLI, 'dist/bundle')

const API = join(CLI, 'src/index.ts')
/** The module whose code is written here, not in a file. */
const SHARED_API = 'flowctl:shared-api'

/** By name in the bundle: what is run, imported or started by its place. */
const ENTRIES = {
  bin: join(CLI, 'src/bin.ts'),
  index: SHARED_API,
  testing: join(CLI, 'src/testing.ts'),
  'task-process': join(ROOT, 'packages/runtime/src/main.ts'),
  'loader-thread': join(ROOT, 'packages/datastore/src/stores/loader/loader-thread.ts'),
}

/**
 * What looks for files by their place, or has parts for one platform each, is not bundled but a dependency of the published package.
 *
 * @type {string[]}
 */
const OUTSIDE = Object.keys(JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8')).dependencies)
/** Where the bundle keeps the files of esbuild, which are not bundled: they look for their place. */
const ESBUILD = 'esbuild/lib/main.js'

/**
 * All that flowctl loads, its own modules and the packages of others, in few files: to find and load the modules one by one takes
 * longer than all that they do at a start. What is loaded lazily stays in files of its own.
 *
 * @returns {Promise<{ files: { path: string, contents: Uint8Array }[], metafile: import('esbuild').Metafile }>} absolute paths,
 *   and what of which file went where
 */
export async function bundleCode() {
  const { outputFiles, metafile } = await build({
    ...target,
    entryPoints: ENTRIES,
    outdir: OUT,
    splitting: true,
    chunkNames: '[name]-[hash]',
    plugins: [ownModules(await apiNames()), builtinModules],
  })
  const ownFiles = ['index', 'testing'].map((name) => ({ path: join(OUT, `${name}.cjs`), contents: commonJs(name) }))
  return { files: [...outputFiles, ...ownFiles, ...esbuildFiles()], metafile }
}

/** @satisfies {import('esbuild').BuildOptions} */
const target = {
  absWorkingDir: ROOT,
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['@flowctl/source'],
  // ES modules where there are any: of these, what is not used can be left out.
  mainFields: ['module', 'main'],
  define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
  legalComments: 'none',
  logLevel: 'error',
}

/** What the package `flowctl` exports; types are not among it. */
async function apiNames() {
  const { metafile } = await build({ ...target, entryPoints: [API], outdir: OUT, packages: 'external' })
  return Object.values(metafile.outputs).flatMap(({ exports }) => exports)
}

/**
 * @param {readonly string[]} names
 * @returns {import('esbuild').Plugin}
 */
function ownModules(names) {
  return {
    name: 'own-modules',
    setup(building) {
      building.onResolve({ filter: /^flowctl:shared-api$/ }, ({ path }) => ({ path, namespace: 'own' }))
      building.onLoad({ filter: /.*/, namespace: 'own' }, () => ({ contents: sharedApi(names), resolveDir: CLI }))
      building.onResolve({ filter: /^[^./]/ }, ({ path }) => (OUTSIDE.includes(path) ? { path, external: true } : null))
      building.onResolve({ filter: /^esbuild$/ }, () => ({ path: `./${ESBUILD}`, external: true }))
      // Only worth its while for another format of records than BullMQ's.
      building.onResolve({ filter: /^msgpackr-extract$/ }, ({ path }) => ({ path, external: true }))
    },
  }
}

/**
 * A package that a flow imports may find another copy of flowctl than the one that runs the flow. In a task process it gets what
 * the flow gets: one namespace, one running task, one list of registered classes, whatever is installed where.
 *
 * @param {readonly string[]} names
 */
function sharedApi(names) {
  return [
    `import * as own from ${JSON.stringify(API)}`,
    `const api = { ...own, ...globalThis[Symbol.for('flowctl.api')] }`,
    ...names.map((name) => `export const ${name} = api.${name}`),
  ].join('\n')
}

/**
 * For `require`, old module resolution and notebooks: the same modules, not a second copy of them.
 *
 * @param {string} name
 */
function commonJs(name) {
  return Buffer.from(`module.exports = require('./${name}.js')\n`)
}

/** CommonJS modules that require one of Node's own: ES modules have no `require`. @type {import('esbuild').Plugin} */
const builtinModules = {
  name: 'builtin-modules',
  setup(building) {
    building.onResolve({ filter: /.*/ }, ({ path, kind }) => {
      if (kind !== 'require-call' || !isBuiltin(path)) return null
      return { path: path.replace(/^node:/, ''), namespace: 'builtin' }
    })
    building.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `import builtin from 'node:${path}'\nmodule.exports = builtin`,
    }))
  },
}

/**
 * esbuild as its authors made it, without its install script, which is there for its command only. The programs it starts are in
 * packages of their own, one for each platform.
 */
function esbuildFiles() {
  const main = createRequire(join(ROOT, 'packages/compiler/package.json')).resolve('esbuild')
  const { name, version, license } = JSON.parse(readFileSync(join(dirname(main), '../package.json'), 'utf8'))
  return [
    { path: join(OUT, ESBUILD), contents: readFileSync(main) },
    { path: join(OUT, 'esbuild/package.json'), contents: Buffer.from(JSON.stringify({ name, version, license })) },
  ]
}

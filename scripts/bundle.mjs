import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { ROOT } from './run-command.mjs'

/*
 * Puts what `flowctl` loads at its start and in every task process into few files, packages/cli/dist/bundle: loading the hundreds
 * of small modules of the packages one by one takes longer than all that they do. What is loaded lazily stays so, in files of its
 * own; packages of others are imported as before.
 *
 * Run by itself: bundles what tsc has compiled, if that has changed since the last time. bin/flowctl.js uses the bundle only
 * while it is that of the compiled files.
 */

const PACKAGES = join(ROOT, 'packages')
const CLI = join(PACKAGES, 'cli')
const COMPILER = join(PACKAGES, 'compiler')
const OUT = join(CLI, 'dist/bundle')
/** @type {Record<string, string>} */
const DEPENDENCIES = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8')).dependencies
/** Of which builds of the packages the bundle is made; bin/flowctl.js looks into it. */
const BUILDS = join(OUT, 'builds.json')
/** Files of an older bundle may still be asked for by a process that was started from it. */
const KEPT_MS = 3_600_000

const ASKING = /new URL\('([^']+)', import\.meta\.url\)/g

/** Manifests of other packages, by name in the bundle. @type {Map<string, Uint8Array>} */
const manifests = new Map()

/** The files that are started or imported by their place, by name in the bundle. @type {Record<string, string>} */
const ENTRIES = {
  bin: join(CLI, 'dist/bin.js'),
  index: join(CLI, 'dist/index.js'),
  'task-process': join(PACKAGES, 'runtime/dist/main.js'),
  'loader-thread': join(PACKAGES, 'datastore/dist/stores/loader/loader-thread.js'),
}

async function bundle() {
  const builds = currentBuilds()
  if (existsSync(BUILDS) && readFileSync(BUILDS, 'utf8') === builds) return
  const files = await bundledFiles()
  const before = existsSync(OUT) ? readdirSync(OUT) : []
  mkdirSync(OUT, { recursive: true })
  // Nobody starts from a bundle that is half old, half new.
  writeWhole(BUILDS, JSON.stringify([['', 0]]))
  for (const { path, contents } of files) writeWhole(path, contents)
  writeWhole(BUILDS, builds)
  const made = new Set([basename(BUILDS), ...files.map(({ path }) => basename(path))])
  for (const name of before.filter((one) => !made.has(one))) {
    if (Date.now() - statSync(join(OUT, name)).mtimeMs > KEPT_MS) rmSync(join(OUT, name), { force: true })
  }
}

/** @returns {Promise<{ path: string, contents: Uint8Array }[]>} the files of the bundle, with absolute paths */
export async function bundledFiles() {
  const { outputFiles } = await build({
    entryPoints: ENTRIES,
    outdir: OUT,
    write: false,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    chunkNames: '[name]-[hash]',
    plugins: [ownModules],
    logLevel: 'error',
  })
  return [...outputFiles, ...[...manifests].map(([name, contents]) => ({ path: join(OUT, name), contents }))]
}

/** When each package was compiled last, by the path from the bundle. */
function currentBuilds() {
  const infos = readdirSync(PACKAGES).map((name) => join(PACKAGES, name, 'dist/.tsbuildinfo'))
  return JSON.stringify(infos.filter(existsSync).map((info) => [relative(OUT, info), statSync(info).mtimeMs]))
}

/** @type {import('esbuild').Plugin} */
const ownModules = {
  name: 'own-modules',
  setup(building) {
    // Packages of others keep what they are and where they are.
    building.onResolve({ filter: /^[^./]/ }, ({ path }) => {
      if (path.startsWith('@flowctl/')) return null
      const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/')
      if (!isBuiltin(path) && !(name in DEPENDENCIES)) throw new Error(`"${name}" is not a dependency of packages/cli`)
      return { path, external: true }
    })
    building.onLoad({ filter: /[\\/]dist[\\/].*\.js$/ }, ({ path }) => ({ contents: placed(path), loader: 'js' }))
  },
}

/**
 * A module that asks for a file by its place gets the file that it would get outside the bundle, or the entry that holds it.
 *
 * @param {string} module
 */
function placed(module) {
  // Maps would be of no use: they lead to the compiled files.
  const source = readFileSync(module, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
  const text = relative(COMPILER, module).startsWith('..') ? source : withOwnTools(source)
  return text.replace(ASKING, (asking, /** @type {string} */ asked) => {
    // A generated module that asks for its own folder.
    if (asked === '.') return asking
    const target = fileURLToPath(new URL(asked, pathToFileURL(module)))
    const entry = Object.keys(ENTRIES).find((name) => ENTRIES[name] === target)
    const path = entry === undefined ? placeOf(target) : `${entry}.js`
    return `new URL('./${path.replaceAll(sep, '/')}${target.endsWith(sep) ? '/' : ''}', import.meta.url)`
  })
}

/**
 * The tools of the compiler, which loads them when it needs them, may be installed below it, where this package does not find them.
 *
 * @param {string} source
 */
function withOwnTools(source) {
  const text = source.replace(
    /import\('(esbuild|oxc-parser)'\)/g,
    (_all, name) => `import($url($require(import.meta.resolve('@flowctl/compiler')).resolve('${name}')).href)`,
  )
  if (text === source) return source
  return `import { createRequire as $require } from 'node:module'\nimport { pathToFileURL as $url } from 'node:url'\n${text}`
}

/**
 * The path of a file from the bundle. Of another package, which may be installed anywhere, only its manifest is known: as a copy.
 *
 * @param {string} file
 */
function placeOf(file) {
  const inside = relative(PACKAGES, file).split(sep)
  if (inside[0] === basename(CLI)) return relative(OUT, file)
  if (inside.length !== 2 || inside[1] !== 'package.json') throw new Error(`${file} is not in the package flowctl`)
  const name = `${inside[0]}.package.json`
  manifests.set(name, readFileSync(file))
  return name
}

/**
 * @param {string} path
 * @param {Uint8Array | string} contents
 */
function writeWhole(path, contents) {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, contents)
  renameSync(temporary, path)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()

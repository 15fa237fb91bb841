import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT } from './run-command.mjs'

/*
 * Makes packages/cli/dist/bundle: all of flowctl that is run or imported, in the repository as where it is installed.
 *
 * Run by itself, after tsc: bundles, if anything that it is made of has changed since the last time.
 */

const OUT = join(ROOT, 'packages/cli/dist/bundle')
/** Of what the bundle was made; bin/flowctl.js looks into it. Not part of the published package. */
const BUILDS = 'builds.json'
/** Files of an older bundle may still be asked for by a process that was started from it. */
const KEPT_MS = 3_600_000

async function bundle() {
  const builds = currentBuilds()
  if (existsSync(join(OUT, BUILDS)) && readFileSync(join(OUT, BUILDS), 'utf8') === builds) return
  // Loaded where they are needed: most builds find a bundle that is current.
  const { bundleCode } = await import('./bundle/code.mjs')
  const { bundleTypes } = await import('./bundle/types.mjs')
  const [{ files: code }, types] = await Promise.all([bundleCode(), bundleTypes()])
  const files = new Map([...code, ...types].map(({ path, contents }) => [relative(OUT, path), contents]))
  const before = existsSync(OUT) ? readdirSync(OUT, { recursive: true, withFileTypes: true }) : []
  // Who starts in between finds the old bundle whole: entries come last, and what they import is named after its contents.
  const entriesLast = [...files].sort(([one], [other]) => Number(isEntry(one)) - Number(isEntry(other)))
  for (const [name, contents] of entriesLast) writeWhole(join(OUT, name), contents)
  writeWhole(join(OUT, BUILDS), builds)
  for (const file of before) {
    const path = join(file.parentPath, file.name)
    if (!file.isFile() || relative(OUT, path) === BUILDS || files.has(relative(OUT, path))) continue
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { force: true })
  }
}

/** @param {string} name of a file of the bundle */
function isEntry(name) {
  return !/-[A-Z0-9]{8}\.js$/.test(name)
}

/** When what the bundle is made of has changed last, by the path from the bundle: the compiled packages, those of others, and how. */
function currentBuilds() {
  const packages = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}/dist/.tsbuildinfo`)
  const scripts = readdirSync(join(ROOT, 'scripts/bundle')).map((name) => `scripts/bundle/${name}`)
  const files = [...packages, ...scripts, 'scripts/bundle.mjs', 'package-lock.json'].map((path) => join(ROOT, path))
  return JSON.stringify(files.filter(existsSync).map((file) => [relative(OUT, file), statSync(file).mtimeMs]))
}

/**
 * @param {string} path
 * @param {Uint8Array | string} contents
 */
function writeWhole(path, contents) {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, contents)
  renameSync(temporary, path)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()

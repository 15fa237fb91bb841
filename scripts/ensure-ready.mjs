import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Runs before anything is installed: nothing but Node's own modules here.

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CLI = 'packages/cli'
const OLDEST_NODE = { major: 20, minor: 19 }
/** Ends an installation or a build that hangs. */
const LIMIT_MS = 20 * 60_000

/**
 * Installs the dependencies if they are missing or not those of package-lock.json, then builds what changed. Ends the
 * process with exit code 1 when that fails; says one line for what takes a while, and nothing when all is ready.
 */
export function ensureReady() {
  ensureInstalled()
  const { ok, output } = build()
  if (!ok) fail(`${output}\nThe packages do not compile.`)
}

/** The first half of `ensureReady`. */
export function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < OLDEST_NODE.major || (major === OLDEST_NODE.major && minor < OLDEST_NODE.minor)) {
    fail(
      `This is Node ${process.versions.node}; flowctl needs Node ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer.`,
    )
  }
  const installed = `${ROOT}node_modules/.package-lock.json`
  const fresh = !existsSync(installed)
  if (!fresh && sameDependencies(readJson(`${ROOT}package-lock.json`), readJson(installed))) return
  console.log(fresh ? 'Installing the dependencies (once)' : 'Updating the dependencies')
  // `npm ci` starts from nothing; `npm install` repairs what is there.
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const { ok, output } = run([...npm(), fresh ? 'ci' : 'install', ...quiet])
  if (!ok) fail(`${output}\nnpm could not install the dependencies.`)
}

/**
 * Compiles what changed and bundles it; the second half of `ensureReady`.
 *
 * @param {string} [project] a package and what it needs; the command line by default, which needs all and is bundled
 */
export function build(project = CLI) {
  if (!existsSync(`${ROOT}packages/cli/dist/bin.js`)) console.log('Building the packages (once)')
  const compiled = run([process.execPath, `${ROOT}node_modules/typescript/bin/tsc`, '-b', project, '--pretty', 'false'])
  return compiled.ok && project === CLI ? run([process.execPath, `${ROOT}scripts/bundle.mjs`]) : compiled
}

/**
 * Whether everything that the lock file wants is installed in that version. Optional packages may be missing: most of
 * them are for other platforms.
 *
 * @param {LockFile} wanted package-lock.json
 * @param {LockFile} installed node_modules/.package-lock.json, npm's own record of what it installed
 */
export function sameDependencies(wanted, installed) {
  return Object.entries(wanted.packages).every(([path, { version, link, optional }]) => {
    if (!path.includes('node_modules/')) return true
    const found = installed.packages[path]
    if (found === undefined) return optional === true
    return link === true ? found.link === true : found.version === version
  })
}

/** @param {readonly string[]} command a program and its arguments */
function run([program = '', ...args]) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, timeout: LIMIT_MS, input: '' })
  return { ok: status === 0, output: `${stdout.toString()}${stderr.toString()}${error?.message ?? ''}` }
}

/** The npm that runs this script, else the one on the path. */
function npm() {
  const running = process.env['npm_execpath']
  return running === undefined ? ['npm'] : [process.execPath, running]
}

/**
 * @param {string} path
 * @returns {LockFile}
 */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/**
 * @param {string} text
 * @returns {never}
 */
function fail(text) {
  console.error(text.trim())
  process.exit(1)
}

/** @typedef {{ packages: Record<string, { version?: string, link?: boolean, optional?: boolean }> }} LockFile */

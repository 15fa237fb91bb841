import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { build, ensureInstalled } from './ensure-ready.mjs'
import { ROOT, runCommand } from './run-command.mjs'

// npm run check [-- NAME...]: everything a machine can say about the repository without running flows.

ensureInstalled()
const built = build()

// These need what was installed and built.
const { checkBoundaries } = await import('./checks/boundaries.mjs')
const { checkErrorReference } = await import('./error-reference.mjs')
const { checkFileSizes } = await import('./checks/file-sizes.mjs')
const { checkPackageShape } = await import('./checks/package-shape.mjs')
const { checkTarball } = await import('./checks/tarball.mjs')
const { checkTrackedFiles } = await import('./checks/tracked-files.mjs')

/** Ends a check that hangs; on a busy machine one that works takes minutes. */
const LIMIT_SECONDS = 15 * 60

/** By name; the slowest first, so that they do not end alone. @type {Record<string, () => Promise<Outcome>>} */
const CHECKS = {
  types: () => tool('typescript/bin/tsc', ['-b', '--pretty', 'false']),
  lint: () => tool('oxlint/bin/oxlint', ['--type-aware', '--deny-warnings', '--report-unused-disable-directives']),
  'unused code': () => tool('knip/bin/knip.js', ['--treat-config-hints-as-errors', '--no-progress']),
  boundaries: () => listed(checkBoundaries),
  'package shape': () => listed(checkPackageShape),
  tarball: () => listed(checkTarball),
  format: () => tool('oxfmt/bin/oxfmt', ['--check']),
  workspaces: () => tool('sherif/index.js', ['--fail-on-warnings']),
  'lock file': () =>
    runCommand('npm', ['ci', '--dry-run', '--offline', '--loglevel=error'], { limitSeconds: LIMIT_SECONDS }),
  'error reference': () => listed(checkErrorReference),
  'file sizes': () => listed(checkFileSizes),
  'tracked files': () => listed(checkTrackedFiles),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in CHECKS))
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}. There are: ${Object.keys(CHECKS).join(', ')}`)
  process.exit(2)
}

const queue = Object.entries(CHECKS).filter(([name]) => wanted.length === 0 || wanted.includes(name))
const results = /** @type {boolean[]} */ ([])
report('build', built, 0)
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))
const failed = results.filter((ok) => !ok).length
console.log(`checks: ${results.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, check] = next
    const start = performance.now()
    report(name, await check(), performance.now() - start)
  }
}

/**
 * @param {string} name
 * @param {Outcome} outcome
 * @param {number} ms
 */
function report(name, { ok, output }, ms) {
  results.push(ok)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}${ms < 1000 ? '' : ` (${(ms / 1000).toFixed(1)} s)`}`)
  if (!ok) console.log(output.trimEnd().replace(/^/gm, '       '))
}

/**
 * @param {string} script a program of a development dependency
 * @param {string[]} args
 */
function tool(script, args) {
  return runCommand(process.execPath, [`${ROOT}node_modules/${script}`, ...args], { limitSeconds: LIMIT_SECONDS })
}

/** @param {() => string[] | Promise<string[]>} check says what is wrong, one line each */
async function listed(check) {
  try {
    const problems = await check()
    return { ok: problems.length === 0, output: problems.join('\n') }
  } catch (error) {
    return { ok: false, output: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** @typedef {{ ok: boolean, output: string }} Outcome */

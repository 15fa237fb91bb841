import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measure } from './measure.mjs'
import { readLines, withReport } from './report.mjs'
import { ROWS } from './rows.mjs'
import { missingServer, stopServers } from './servers.mjs'

// npm run bench [-- NAME...]: see benchmarks/README.md.

const SELF = fileURLToPath(import.meta.url)
const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const RUNS = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    smoke: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    size: { type: 'string' },
    runs: { type: 'string' },
    out: { type: 'string' },
  },
})
const unknown = positionals.filter((name) => !(name in ROWS))
const [size, runs] = [values.size, values.runs].map((text) => (text === undefined ? undefined : Number(text)))
if (unknown.length > 0)
  refuse(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(ROWS).join(', ')}`)
for (const number of [size, runs]) {
  if (number !== undefined && !(Number.isInteger(number) && number > 0))
    refuse('--size and --runs are whole numbers above 0')
}
if (size !== undefined && positionals.length !== 1) refuse('--size belongs to one benchmark: name it')
if (values.smoke && values.out !== undefined) refuse('--smoke measures nothing that is worth keeping: leave --out away')

const names = Object.keys(ROWS).filter((name) => positionals.length === 0 || positionals.includes(name))
if (values.report) writeReport()
else if (names.length === 1 || values.smoke) await measureHere()
else measureApart()
// What a row that failed has left open shall keep nobody waiting.
process.exit()

async function measureHere() {
  try {
    for (const name of names) await measureOne(name)
  } finally {
    await stopServers()
  }
}

/** A row that does not run is told at once, and the next one gets its turn. @param {string} name */
async function measureOne(name) {
  const row = /** @type {import('./rows.mjs').Benchmark} */ (ROWS[name])
  try {
    const missing = (await Promise.all((row.needs ?? []).map(missingServer))).find((one) => one !== undefined)
    if (missing !== undefined) {
      console.error(`${name}: skipped. ${missing}`)
      return
    }
    const line = await measure(name, row, {
      size: size ?? (values.smoke ? row.smokeSize : row.size),
      runs: runs ?? (values.smoke ? 1 : RUNS),
      warm: !values.smoke,
      say: (text) => console.error(`${name}: ${text}`),
    })
    console.log(JSON.stringify(line))
    if (values.out !== undefined) {
      mkdirSync(dirname(values.out), { recursive: true })
      writeFileSync(values.out, `${JSON.stringify(line)}\n`, { flag: 'a' })
    }
  } catch (error) {
    console.error(`${name}: does not run.`, error)
    process.exitCode = 1
  }
}

/** Each row in a process of its own, so that none pays for the memory of those before. */
function measureApart() {
  const given = Object.entries({ runs: values.runs, out: values.out })
  const options = given.flatMap(([option, value]) => (value === undefined ? [] : [`--${option}`, value]))
  for (const name of names) {
    const { status } = spawnSync(process.execPath, [SELF, name, ...options], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
}

function writeReport() {
  writeFileSync(PAGE, withReport(readFileSync(PAGE, 'utf8'), readLines()))
}

/**
 * @param {string} text
 * @returns {never}
 */
function refuse(text) {
  console.error(text)
  process.exit(2)
}

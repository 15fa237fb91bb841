import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine, versions } from './machine.mjs'
import { ROWS } from './rows.mjs'
import { missingServer, stopServers } from './servers.mjs'
import { judged, summary } from './statistics.mjs'

const RUNS = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, size: { type: 'string' }, runs: { type: 'string' } },
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

try {
  for (const [name, row] of Object.entries(ROWS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const missing = await firstMissing(row)
    if (missing === undefined) await report(name, row)
    else console.error(`${name}: skipped. ${missing}`)
  }
} finally {
  await stopServers()
}

/**
 * Prints one line of JSON. The first run warms the caches of the disk and of the compiler and is not counted.
 *
 * @param {string} name
 * @param {import('./rows.mjs').Benchmark} row
 */
async function report(name, row) {
  const given = size ?? (values.smoke ? row.smokeSize : row.size)
  const [first, last] = values.smoke ? [1, runs ?? 1] : [0, runs ?? RUNS]
  const folder = mkdtempSync(join(tmpdir(), `flowctl-bench-${name}-`))
  const before = { machine: machine(), versions: versions() }
  try {
    const measured = /** @type {Record<string, number>[]} */ ([])
    await row.prepare?.(folder, given)
    for (let run = first; run <= last; run++) {
      process.stderr.write(`${name}: ${run === 0 ? 'warming up' : `run ${run} of ${last}`}\n`)
      const measures = await row.run(folder, given, run)
      if (run > 0) measured.push(measures)
    }
    const results = summary(measured, row.ratios)
    const { about, durability, goals = [] } = row
    const line = { benchmark: name, about, size: given, runs: last, durability, ...before, results }
    console.log(JSON.stringify({ ...line, goals: goals.map((goal) => judged(goal, results)) }))
  } finally {
    await row.close?.()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {import('./rows.mjs').Benchmark} row */
async function firstMissing({ needs = [] }) {
  for (const need of needs) {
    const missing = await missingServer(need)
    if (missing !== undefined) return missing
  }
  return undefined
}

/**
 * @param {string} text
 * @returns {never}
 */
function refuse(text) {
  console.error(text)
  process.exit(2)
}

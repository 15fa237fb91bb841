import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { array } from './array.bench.mjs'
import { chain } from './chain.bench.mjs'
import { foreach } from './foreach.bench.mjs'
import { hello } from './hello.bench.mjs'
import { machine, versions } from './machine.mjs'
import { summary } from './statistics.mjs'

/** @type {Record<string, Benchmark>} */
const BENCHMARKS = { hello, chain, foreach, array }
const RUNS = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, size: { type: 'string' }, runs: { type: 'string' } },
})
const unknown = positionals.filter((name) => !(name in BENCHMARKS))
const [size, runs] = [values.size, values.runs].map((text) => (text === undefined ? undefined : Number(text)))
if (unknown.length > 0)
  refuse(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(BENCHMARKS).join(', ')}`)
for (const number of [size, runs]) {
  if (number !== undefined && !(Number.isInteger(number) && number > 0))
    refuse('--size and --runs are whole numbers above 0')
}
if (size !== undefined && positionals.length !== 1) refuse('--size belongs to one benchmark: name it')

for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const given = size ?? (values.smoke ? benchmark.smokeSize : benchmark.size)
  await report(name, benchmark, given, runs ?? (values.smoke ? 2 : RUNS))
}

/**
 * Prints one line of JSON. The first run warms the caches of the disk and of the compiler and is not counted.
 *
 * @param {string} name
 * @param {Benchmark} benchmark
 * @param {number} given
 * @param {number} count
 */
async function report(name, benchmark, given, count) {
  const folder = mkdtempSync(join(tmpdir(), `flowctl-bench-${name}-`))
  const before = { machine: machine(), versions: versions() }
  try {
    const measured = /** @type {Record<string, number>[]} */ ([])
    for (let run = 0; run <= count; run++) {
      process.stderr.write(`${name}: ${run === 0 ? 'warming up' : `run ${run} of ${count}`}\n`)
      const measures = await benchmark.run(folder, given, run)
      if (run > 0) measured.push(measures)
    }
    const results = summary(measured, benchmark.ratios)
    console.log(
      JSON.stringify({ benchmark: name, about: benchmark.about, size: given, runs: count, ...before, results }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} text
 * @returns {never}
 */
function refuse(text) {
  console.error(text)
  process.exit(2)
}

/**
 * @typedef {object} Benchmark
 * @property {string} about
 * @property {number} size
 * @property {number} smokeSize
 * @property {Record<string, readonly [string, string]>} [ratios] by name: one measure divided by another of the same run
 * @property {(folder: string, size: number, run: number) => Promise<Record<string, number>>} run one run, in a folder that
 *   all runs share; the names of the measures end in their unit
 */

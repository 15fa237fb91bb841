import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ROWS } from './rows.mjs'
import { judged } from './statistics.mjs'

/** The measured lines that docs/performance.md is made of. */
const RESULTS = fileURLToPath(new URL('../results', import.meta.url))
const BEGIN = '<!-- made by `npm run bench -- --report` -->'
const END = '<!-- end of what is made -->'
const UNITS = /** @type {const} */ ([
  [/PerSecond$/, '/s'],
  [/Seconds$/, ' s'],
  [/Ms$/, ' ms'],
  [/MB$/, ' MB'],
  [/Percent$/, ' %'],
])

/**
 * The page with the table of these lines between its marks.
 *
 * @param {string} page
 * @param {readonly Line[]} lines
 * @param {Record<string, import('./rows.mjs').Benchmark>} [rows]
 */
export function withReport(page, lines, rows = ROWS) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`The page has no place for the report: ${BEGIN} and then ${END}`)
  return `${page.slice(0, from)}${BEGIN}\n\n${report(lines, rows)}\n${page.slice(to)}`
}

/**
 * @param {string} folder of .jsonl files
 * @returns {Line[]} in the order of their time
 */
export function readLines(folder = RESULTS) {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  const texts = files.flatMap((name) => readFileSync(`${folder}/${name}`, 'utf8').split('\n'))
  const lines = texts.filter((text) => text !== '').map((text) => /** @type {Line} */ (JSON.parse(text)))
  return lines.toSorted((a, b) => (a.at < b.at ? -1 : 1))
}

/**
 * @param {readonly Line[]} lines
 * @param {Record<string, import('./rows.mjs').Benchmark>} rows
 */
function report(lines, rows) {
  const used = /** @type {Line[]} */ ([])
  const table = Object.entries(rows).flatMap(([name, row]) => {
    const line = lines.findLast(({ benchmark, size }) => benchmark === name && size === row.size)
    if (line !== undefined && (row.goals ?? []).length > 0) used.push(line)
    return (row.goals ?? []).map((goal) => rowOf(name, row, goal, line))
  })
  const head = ['| what | goal | measured | reached | durability | `npm run bench --` |', '|--|--|--|--|--|--|']
  return [...head, ...table, '', ...places(used)].join('\n')
}

/**
 * @param {string} name
 * @param {import('./rows.mjs').Benchmark} row
 * @param {import('./rows.mjs').Goal} goal
 * @param {Line | undefined} line
 */
function rowOf(name, row, goal, line) {
  const result = line?.results[goal.measure]
  const measured = line === undefined || result === undefined ? '' : spreadText(goal.measure, result)
  const reached = line === undefined || result === undefined ? 'not measured' : reachedText(goal, line.results)
  return `| ${[goal.what, goal.text, measured, reached, row.durability ?? '', `\`${name}\``].join(' | ')} |`
}

/**
 * @param {import('./rows.mjs').Goal} goal
 * @param {Line['results']} results
 */
function reachedText(goal, results) {
  return judged(goal, results).reached ? 'yes' : '**no**'
}

/**
 * @param {string} measure
 * @param {Spread} spread
 */
function spreadText(measure, { median, min, max }) {
  const unit = measure.includes('/') ? ' x' : (UNITS.find(([pattern]) => pattern.test(measure))?.[1] ?? '')
  return `${number(median)}${unit} (${number(min)} to ${number(max)})`
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

/** @param {readonly Line[]} lines */
function places(lines) {
  if (lines.length === 0) return []
  const machines = lines.map(
    ({ machine: { cpu, cores, memoryGB, system } }) => `${cpu}, ${cores} cores, ${memoryGB} GB, ${system}`,
  )
  const versions = lines.map(({ versions: { node, commit } }) => `Node ${node}, commit ${commit ?? 'unknown'}`)
  const fewest = Math.min(...lines.map(({ runs }) => runs))
  return [
    `Median (least to most) of at least ${fewest} runs. Measured on ${distinct(machines)}; ${distinct(versions)}.`,
    '',
  ]
}

/** @param {readonly string[]} texts */
function distinct(texts) {
  return [...new Set(texts)].join('; ')
}

/** @typedef {{ median: number, min: number, max: number }} Spread */

/**
 * What a row prints.
 *
 * @typedef {object} Line
 * @property {string} benchmark
 * @property {string} at ISO time
 * @property {number} size
 * @property {number} runs
 * @property {{ cpu: string, cores: number, memoryGB: number, system: string }} machine
 * @property {{ node: string, commit?: string | undefined }} versions
 * @property {Record<string, Spread>} results
 */

/**
 * The middle of several measurements and how far they spread, to three digits.
 *
 * @param {readonly number[]} values at least one
 */
export function spread(values) {
  if (values.length === 0) throw new Error('There is nothing to summarise')
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  const median = sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
  return { median: digits(median), min: digits(sorted[0] ?? 0), max: digits(sorted.at(-1) ?? 0) }
}

/**
 * Summarises every measure over all runs, and ratios within each run: what slows the machine down slows both sides of a
 * ratio, so it spreads less than the times do.
 *
 * @param {readonly Record<string, number>[]} runs the same measures in every run
 * @param {Record<string, readonly [string, string]>} ratios by name: one measure divided by another
 */
export function summary(runs, ratios = {}) {
  const names = Object.keys(runs[0] ?? {})
  const measure = (/** @type {Record<string, number>} */ run, /** @type {string} */ name) => run[name] ?? Number.NaN
  return Object.fromEntries([
    ...names.map((name) => [name, spread(runs.map((run) => measure(run, name)))]),
    ...Object.entries(ratios).map(([name, [over, under]]) => [
      name,
      spread(runs.map((run) => measure(run, over) / measure(run, under))),
    ]),
  ])
}

/**
 * A goal with whether the median reaches it.
 *
 * @param {import('./rows.mjs').Goal} goal
 * @param {Record<string, { median: number }>} results
 */
export function judged(goal, results) {
  const { measure, atMost = Infinity, atLeast = -Infinity } = goal
  const result = results[measure]
  if (result === undefined) throw new Error(`The goal '${goal.what}' is about ${measure}, which was not measured`)
  return { ...goal, reached: result.median <= atMost && result.median >= atLeast }
}

/** @param {number} value */
function digits(value) {
  return Number(value.toPrecision(3))
}

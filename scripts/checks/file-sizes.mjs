import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../run-command.mjs'
import { trackedFiles } from './tracked-files.mjs'

/** Lines that the source files of all packages may have. One file over `largest` is one too many. */
const BUDGET = { median: 100, p90: 250, largest: 400 }

/** @returns {string[]} which limits are passed, and by which files */
export function checkFileSizes() {
  const files = trackedFiles()
    .filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path))
    .map((path) => ({ path, lines: countLines(readFileSync(join(ROOT, path), 'utf8')) }))
  return overBudget(files)
}

/** @param {{ path: string, lines: number }[]} files */
export function overBudget(files) {
  if (files.length === 0) return ['no source file was found']
  const sorted = files.toSorted((a, b) => a.lines - b.lines)
  const median = linesAt(sorted, 0.5)
  const p90 = linesAt(sorted, 0.9)
  return [
    ...(median > BUDGET.median
      ? [`half of the source files have more than ${BUDGET.median} lines (median ${median})`]
      : []),
    ...(p90 > BUDGET.p90 ? [`one source file in ten has more than ${BUDGET.p90} lines (90th percentile ${p90})`] : []),
    ...sorted
      .filter(({ lines }) => lines > BUDGET.largest)
      .map(({ path, lines }) => `${path} has ${lines} lines, ${BUDGET.largest} are allowed`),
  ]
}

/**
 * @param {readonly { lines: number }[]} sorted
 * @param {number} share
 */
function linesAt(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.lines ?? 0
}

/** @param {string} text */
function countLines(text) {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine, versions } from './machine.mjs'
import { judged, summary } from './statistics.mjs'

/**
 * Measures a row. With `warm`, one more run comes first that is not counted: it fills the caches of the disk and of the compiler.
 *
 * @param {string} name
 * @param {import('./rows.mjs').Benchmark} row
 * @param {{ size: number, runs: number, warm: boolean, say: (text: string) => void }} how
 * @returns the line that is printed
 */
export async function measure(name, row, { size, runs, warm, say }) {
  const folder = mkdtempSync(join(tmpdir(), `flowctl-bench-${name}-`))
  const start = { at: new Date().toISOString(), machine: machine(), versions: versions() }
  try {
    const measured = /** @type {Record<string, number>[]} */ ([])
    await row.prepare?.(folder, size)
    for (let run = warm ? 0 : 1; run <= runs; run++) {
      say(run === 0 ? 'warming up' : `run ${run} of ${runs}`)
      const measures = await row.run(folder, size, run)
      if (run > 0) measured.push(measures)
    }
    const results = summary(measured, row.ratios)
    const goals = (row.goals ?? []).map((goal) => judged(goal, results))
    return { benchmark: name, about: row.about, size, runs, durability: row.durability, ...start, results, goals }
  } finally {
    await row.close?.()
    rmSync(folder, { recursive: true, force: true })
  }
}

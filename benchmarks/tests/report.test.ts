import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readLines, withReport, type Line } from '../src/report.mjs'
import type { Benchmark } from '../src/rows.mjs'

const PAGE = `# Performance

Before.

<!-- made by \`npm run bench -- --report\` -->

old

<!-- end of what is made -->

After.
`

const row: Benchmark = {
  about: 'rows',
  size: 10,
  smokeSize: 1,
  durability: 'files without fsync',
  goals: [
    { what: 'ten rows', text: 'at least 2 x raw', measure: 'rows/raw', atLeast: 2 },
    { what: 'memory of ten rows', text: 'at most 12 MB', measure: 'peakMB', atMost: 12 },
  ],
  run: async () => ({}),
}

const line = (at: string, ratio: number, size = 10): Line => ({
  benchmark: 'tenRows',
  at,
  size,
  runs: 5,
  machine: { cpu: 'AMD EPYC', cores: 2, memoryGB: 8, system: 'linux 6 x64' },
  versions: { node: '20.19.0', commit: 'abc' },
  results: {
    'rows/raw': { median: ratio, min: ratio / 2, max: ratio * 2 },
    peakMB: { median: 1234, min: 1200, max: 1250 },
  },
})

describe('the report', () => {
  it('has a line for every goal, of the newest measurement of the usual size, between its marks', () => {
    const lines = [line('2026-01-01', 3), line('2026-01-02', 2.5), line('2026-01-03', 100, 7)]
    const page = withReport(PAGE, lines, { tenRows: row })
    expect(page).toContain('Before.')
    expect(page).toContain('After.')
    expect(page).not.toContain('old')
    expect(page).toContain(
      '| ten rows | at least 2 x raw | 2.5 x (1.25 to 5) | yes | files without fsync | `tenRows` |\n' +
        '| memory of ten rows | at most 12 MB | 1,230 MB (1,200 to 1,250) | **no** | files without fsync | `tenRows` |\n',
    )
    expect(page).toContain('AMD EPYC, 2 cores, 8 GB, linux 6 x64; Node 20.19.0, commit abc.')
    expect(withReport(page, lines, { tenRows: row })).toBe(page)
  })

  it('says what was not measured', () => {
    expect(withReport(PAGE, [], { tenRows: row })).toContain('| ten rows | at least 2 x raw |  | not measured |')
  })

  it('leaves out rows without a goal', () => {
    const { goals, ...other } = row
    expect(goals).toHaveLength(2)
    expect(withReport(PAGE, [line('2026-01-01', 3)], { tenRows: other })).not.toContain('tenRows')
  })

  it('is in docs/performance.md as its rows and lines are now', () => {
    const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')
    expect(page, 'npm run bench -- --report').toBe(withReport(page, readLines()))
  })

  it('needs its marks', () => {
    expect(() => withReport('# Performance\n', [], {})).toThrow('no place for the report')
  })
})

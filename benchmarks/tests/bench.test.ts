import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.mjs', import.meta.url))
const bench = (...args: string[]) => promisify(execFile)(process.execPath, [MAIN, ...args], { timeout: 60_000 })

describe('npm run bench', () => {
  it.each([
    ['hello', '1', ['nodeMs', 'flowctlMs', 'flowctl/node']],
    ['chain', '5', ['twoStepsMs', 'chainMs', 'perStepMs']],
    ['foreach', '20', ['ms', 'tasksPerSecond']],
    ['array', '4', ['writeMs', 'readMs', 'saveMs', 'loadMs', 'save/write', 'load/read']],
  ])(
    '%s prints one line of JSON with the machine, the versions and the spread',
    { timeout: 60_000 },
    async (name, size, measures) => {
      const { stdout } = await bench(name, '--size', size, '--runs', '1')
      const report = JSON.parse(stdout)
      expect(report).toMatchObject({ benchmark: name, size: Number(size), runs: 1 })
      expect(report.machine).toMatchObject({ cores: expect.any(Number), memoryGB: expect.any(Number) })
      expect(report.versions.node).toBe(process.versions.node)
      expect(Object.keys(report.results)).toEqual(expect.arrayContaining(measures))
      for (const measure of measures) {
        const { min, median, max } = report.results[measure]
        expect(min, measure).toBeLessThanOrEqual(median)
        expect(max, measure).toBeGreaterThanOrEqual(median)
      }
    },
  )

  it.each([
    [['nothing'], 'There is no benchmark nothing'],
    [['--size', '3'], 'name it'],
    [['hello', '--runs', '0'], 'whole numbers'],
  ])('refuses %j', async (args, message) => {
    await expect(bench(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

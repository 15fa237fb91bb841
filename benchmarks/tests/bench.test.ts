import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { ROWS } from '../src/rows.mjs'

/** It takes less than a minute where nothing else runs. */
const SMOKE_MS = 600_000
const MAIN = fileURLToPath(new URL('../src/main.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'flowctl-bench-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const bench = (args: readonly string[], env = process.env) =>
  promisify(execFile)(process.execPath, [MAIN, ...args], { timeout: SMOKE_MS, env, maxBuffer: 2 ** 26 })

interface Line {
  readonly benchmark: string
  readonly size: number
  readonly runs: number
  readonly machine: { readonly cores: number; readonly memoryGB: number }
  readonly versions: { readonly node: string }
  readonly results: Record<string, { readonly min: number; readonly median: number; readonly max: number }>
  readonly goals: readonly { readonly measure: string; readonly reached: boolean }[]
}

/** So that the rows use the server that this test run has already. */
function addressOf({ endpoint, bucket, env }: S3Server): string {
  const url = new URL(`/${bucket}`, endpoint)
  url.username = encodeURIComponent(env['AWS_ACCESS_KEY_ID'] ?? '')
  url.password = encodeURIComponent(env['AWS_SECRET_ACCESS_KEY'] ?? '')
  return url.href
}

const linesOf = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

describe('npm run bench', () => {
  it(
    '--smoke: every row runs, and prints one line of JSON with the machine, the versions and the spread',
    {
      timeout: SMOKE_MS,
      retry: 0,
    },
    async () => {
      const s3 = await s3Server()
      const there = { redis: missingRedis() === undefined, s3: s3 !== undefined }
      const { stdout } = await bench(['--smoke'], { ...process.env, ...(s3 && { FLOWCTL_TEST_S3: addressOf(s3) }) })
      const lines = linesOf(stdout)
      const expected = Object.entries(ROWS).filter(([, { needs = [] }]) => needs.every((need) => there[need]))
      expect(lines.map((line) => line.benchmark)).toEqual(expected.map(([name]) => name))
      for (const [n, line] of lines.entries()) {
        const row = expected[n]?.[1]
        expect(line).toMatchObject({ size: row?.smokeSize, runs: 1 })
        expect(line.machine).toMatchObject({ cores: expect.any(Number), memoryGB: expect.any(Number) })
        expect(line.versions.node).toBe(process.versions.node)
        expect(Object.keys(line.results)).toEqual(expect.arrayContaining(Object.keys(row?.ratios ?? {})))
        expect(line.goals.map((goal) => goal.measure)).toEqual((row?.goals ?? []).map((goal) => goal.measure))
      }
    },
  )

  it('appends its lines to a file', async () => {
    const out = join(folder, 'lines.jsonl')
    for (const runs of ['1', '2']) await bench(['array', '--size', '1', '--runs', runs, '--out', out])
    const lines = linesOf(readFileSync(out, 'utf8'))
    expect(lines.map((line) => line.runs)).toEqual([1, 2])
    for (const { min, median, max } of Object.values(lines[1]?.results ?? {})) {
      expect(min).toBeLessThanOrEqual(median)
      expect(max).toBeGreaterThanOrEqual(median)
    }
  })

  it.each([
    [['nothing'], 'There is no benchmark nothing'],
    [['--size', '3'], 'name it'],
    [['hello', '--runs', '0'], 'whole numbers'],
    [['--smoke', '--out', join(folder, 'smoke.jsonl')], 'leave --out away'],
  ])('refuses %j', async (args, message) => {
    await expect(bench(args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
    expect(existsSync(join(folder, 'smoke.jsonl'))).toBe(false)
  })
})

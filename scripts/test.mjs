import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureReady } from './ensure-ready.mjs'
import { ROOT } from './run-command.mjs'
import { countTests } from './test-report.mjs'

// npm test [-- what vitest takes: files, -t NAME, ...]: installs, builds, runs every test and every type test.

ensureReady()
const folder = mkdtempSync(join(tmpdir(), 'flowctl-tests-'))
const report = join(folder, 'report.json')
const result = spawnSync(
  process.execPath,
  [
    `${ROOT}node_modules/vitest/vitest.mjs`,
    'run',
    '--typecheck',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
)
const { passed, failed } = countTests(readReport(), result.status === 0)
rmSync(folder, { recursive: true, force: true })
console.log(`tests: ${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return undefined
  }
}

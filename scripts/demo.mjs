import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandsToTry, DEMO_FLOW } from './demo-commands.mjs'
import { ensureReady } from './ensure-ready.mjs'
import { ROOT } from './run-command.mjs'

// npm run demo: from a fresh checkout to a finished run, with Node and npm alone.

ensureReady()
console.log(`\n$ npx flowctl run ${DEMO_FLOW}\n`)
const folder = mkdtempSync(join(tmpdir(), 'flowctl-demo-'))
const runId = join(folder, 'run-id')
const flowctl = [`${ROOT}packages/cli/bin/flowctl.js`, 'run', DEMO_FLOW, '--run-id-file', runId]
// Ctrl-C is for the run: it ends in order and says how to go on, and then this script ends too.
process.on('SIGINT', () => {})
const { status } = spawnSync(process.execPath, flowctl, { cwd: ROOT, stdio: 'inherit' })
if (status === 0) {
  console.log('\nEverything it made is in .flowctl/. Try next:\n')
  for (const [command, purpose] of commandsToTry(readFileSync(runId, 'utf8').trim()))
    console.log(`  ${command}\n      ${purpose}`)
  console.log('\nThe tutorial starts in docs/tutorial/1-first-flow.md.')
}
rmSync(folder, { recursive: true, force: true })
process.exitCode = status ?? 1

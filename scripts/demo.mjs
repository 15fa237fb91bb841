import { spawnSync } from 'node:child_process'
import { ensureReady } from './ensure-ready.mjs'
import { ROOT } from './run-command.mjs'

// npm run demo: from a fresh checkout to a finished run, with Node and npm alone.

const FLOW = 'examples/classifier-train.ts'
const NEXT = [
  [`npx flowctl show ${FLOW}`, 'the steps of the flow, and what they are for'],
  ['npx flowctl list runs ClassifierTrainFlow', 'its runs, the newest first'],
  ['npx flowctl dump ClassifierTrainFlow/latest/end', 'what the run stored: the ranking, the scores, the model'],
  [`npx flowctl run ${FLOW} --trees 200`, 'the same flow with another parameter'],
  ["npx flowctl run examples/classifier-predict.ts --vector '[39.1, 18.7, 181, 3750]'", 'use the model it found'],
]

ensureReady()
console.log(`\n$ npx flowctl run ${FLOW}\n`)
const flowctl = `${ROOT}packages/cli/bin/flowctl.js`
const { status } = spawnSync(process.execPath, [flowctl, 'run', FLOW], { cwd: ROOT, stdio: 'inherit' })
if (status === 0) {
  console.log('\nEverything it made is in .flowctl/. Try next:\n')
  for (const [command, purpose] of NEXT) console.log(`  ${command}\n      ${purpose}`)
}
process.exitCode = status ?? 1

import { Flow } from 'flowctl'

// A plain script, not a flow: what did the newest training find? Run it with `node examples/best-model.mjs`.

const flow = await Flow.open('ClassifierTrainFlow')
const run = await flow.latestSuccessfulRun()
if (run === undefined) throw new Error('No training has succeeded yet: npx flowctl run examples/classifier-train.ts')

const end = await run.task('end')
console.log(`Run ${run.id} ranked`)
for (const { name, score } of await end.get('ranking')) console.log(`  ${name.padEnd(24)} ${score.toFixed(3)}`)

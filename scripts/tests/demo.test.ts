import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandsToTry, DEMO_FLOW } from '../demo-commands.mjs'
import { ROOT } from '../run-command.mjs'

const folder = mkdtempSync(join(tmpdir(), 'flowctl-demo-test-'))
const env = { ...process.env, FLOWCTL_DATASTORE: join(folder, 'datastore') }
const shell = (command: string) => promisify(execFile)('sh', ['-c', command], { cwd: ROOT, env })

describe('after the demo', () => {
  beforeAll(async () => {
    await shell(`npx flowctl run ${DEMO_FLOW} --quiet --run-id-file ${folder}/run-id`)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('every command that it suggests does what it says', async () => {
    const run = readFileSync(join(folder, 'run-id'), 'utf8').trim()
    const outputs: string[] = []
    for (const [command] of commandsToTry(run)) outputs.push((await shell(command)).stdout)
    const expected = ['Step chooseModel', run, 'ranking', 'Scores:', 'RandomForestClassifier', 'Predicted class Adelie']
    expect(outputs).toEqual(expected.map((text) => expect.stringContaining(text)))
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFlow } from 'flowctl/testing'

test('greets everybody', async () => {
  const run = await runFlow('flows/hello-flow.ts', { parameters: { greeting: 'Hi', names: 'Ada,Grace' } })

  assert.equal(run.status, 'succeeded')
  assert.deepEqual(await run.get('messages'), ['Hi, Ada!', 'Hi, Grace!'])
})

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connect } from '../../../src/stores/s3/connect.ts'
import { DEFAULT_LIMITS } from '../../../src/stores/s3/limits.ts'

test("the SDK's advice on versions of Node is kept from the user, and the environment is as it was", async () => {
  const warnings: string[] = []
  const note = (warning: Error): unknown => warnings.push(warning.message)
  process.on('warning', note)
  const before = { ...process.env }
  const settings = {
    bucket: 'bucket',
    prefix: '',
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    pathStyle: true,
  }
  connect(settings, DEFAULT_LIMITS).client.destroy()
  // Node tells of a warning later.
  await sleep(50)
  process.off('warning', note)
  expect(warnings).toEqual([])
  expect(process.env).toEqual(before)
})

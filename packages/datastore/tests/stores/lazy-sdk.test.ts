import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('a datastore in a folder is opened without loading the SDK of S3', async () => {
  const script = `
    import { createRequire } from 'node:module'
    const { openStore } = await import('@flowctl/datastore')
    const store = await openStore('/tmp/none')
    await store.get('a')
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    console.log(loaded.filter((file) => file.includes('@aws-sdk') || file.includes('@smithy')).length)
    await openStore('s3://bucket', { check: 'none' })
    const after = Object.keys(createRequire(import.meta.url).cache)
    console.log(after.filter((file) => file.includes('@aws-sdk')).length > 0)`
  const words = ['--import', 'tsx', '--conditions=@flowctl/source', '--input-type=module', '-e', script]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words)
  expect(stdout).toBe('0\ntrue\n')
  expect(stderr).toBe('')
})

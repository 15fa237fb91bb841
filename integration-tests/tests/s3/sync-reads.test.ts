import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { ArtifactStore, encodeValue } from '@flowctl/datastore'
import { describe, expect, test } from 'vitest'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { bytes, openOn, openThroughProxy, pattern, textOf } from './open.ts'

const found = await s3Server()
const server = found as S3Server
const BUILT = new URL('../../../packages/datastore/dist/index.js', import.meta.url).href

describe.skipIf(found === undefined)('reads that do not wait', () => {
  test('give what the others give, and bytes of their own', async () => {
    const store = await openOn(server)
    const large = pattern(20 * 2 ** 20)
    await store.put('large', large)
    const read = store.sync?.get('large') ?? new Uint8Array(0)
    expect(Buffer.compare(read, large)).toBe(0)
    expect(read.buffer.byteLength).toBe(large.byteLength)
    read.fill(0)
    expect(
      Buffer.compare(store.sync?.getRange('large', 1000, 17_000_000) ?? read, large.subarray(1000, 17_000_000)),
    ).toBe(0)
    expect(store.sync?.get('none')).toBeUndefined()
    expect(store.sync?.getRange('large', 5, 5)?.byteLength).toBe(0)
  })

  test('throw what the others throw', async () => {
    const store = await openOn(server, 's3://no-such-bucket/x', { check: 'none' })
    const expected = { code: 'DATASTORE_S3_NO_BUCKET', message: expect.stringContaining('no-such-bucket'), exit: 2 }
    expect(() => store.sync?.get('a')).toThrow(expect.objectContaining(expected))
    expect(() => store.sync?.getRange('a', 0, 1)).toThrow(expect.objectContaining(expected))
    expect(() => store.sync?.get('../a')).toThrow(expect.objectContaining({ code: 'DATASTORE_KEY_INVALID' }))
  })

  test('without the file of the thread there is an error at once', async () => {
    const store = await openOn(server, undefined, { loaderThread: new URL('./nothing.js', import.meta.url) })
    expect(() => store.sync?.get('a')).toThrow(expect.objectContaining({ code: 'DATASTORE_NO_SYNC_READS' }))
  })

  test('artifacts are read through them', async () => {
    const store = await openOn(server)
    const artifacts = new ArtifactStore(store, 'AFlow')
    const small = { text: 'x'.repeat(50_000) }
    expect(artifacts.loadSync(await artifacts.save(encodeValue(small, 'small')))).toEqual(small)
    const large = new Uint8Array(randomBytes(3 * 2 ** 20))
    const loaded = artifacts.loadSync(await artifacts.save(encodeValue(large, 'large'))) as Uint8Array
    expect(Buffer.compare(loaded, large)).toBe(0)
  })

  test('the thread keeps no process alive', async () => {
    const url = server.newUrl()
    await (await openOn(server, url)).put('a', bytes('from the thread'))
    const script = `
      import { openStore } from ${JSON.stringify(BUILT)}
      const store = await openStore(${JSON.stringify(url)}, { env: process.env, check: 'none' })
      console.log(new TextDecoder().decode(store.sync.get('a')))
      process.on('exit', () => console.log('ended'))`
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, ...server.env },
    })
    expect(stderr).toBe('')
    expect(stdout).toBe('from the thread\nended\n')
  })

  test('a process that never reads so starts no thread', async () => {
    const { store } = await openThroughProxy(server, () => 'pass')
    await store.put('a', bytes('x'))
    expect(textOf((await store.get('a'))?.bytes)).toBe('x')
    expect(process.getActiveResourcesInfo()).not.toContain('Worker')
  })

  test('many small reads', async () => {
    const store = await openOn(server)
    for (let i = 0; i < 50; i += 1) await store.put(`small/${i}`, bytes(`value ${i}`))
    store.sync?.get('small/0')
    for (let i = 0; i < 50; i += 1) expect(textOf(store.sync?.get(`small/${i}`))).toBe(`value ${i}`)
  })
})

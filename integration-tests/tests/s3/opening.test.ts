import { createServer as createWebServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import type { ErrorCode } from '@flowctl/core'
import { openStore } from '@flowctl/datastore'
import { describe, expect, onTestFinished, test } from 'vitest'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { openThroughProxy } from './open.ts'

const server = await s3Server()
const KEYS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }
/** An answer is due within this time, whatever is wrong. */
const SECONDS = 10_000

async function addressOf(it: Server): Promise<string> {
  await new Promise<void>((resolve) => it.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void it.close())
  return `http://127.0.0.1:${(it.address() as AddressInfo).port}`
}

async function expectRefusal(url: string, env: Record<string, string>, code: ErrorCode, given: string): Promise<void> {
  const before = performance.now()
  await expect(openStore(url, { env, check: 'write' })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(given),
  })
  expect(performance.now() - before).toBeLessThan(SECONDS)
}

describe.skipIf(server === undefined)('a wrong setting is one clear error, within seconds', () => {
  const { env, bucket, newUrl } = server ?? ({} as S3Server)

  test('right settings open, again and again, with every check', async () => {
    const url = newUrl()
    for (const check of ['write', 'write', 'read', 'none'] as const) {
      expect((await openStore(`${url}/`, { env, check })).url).toBe(url)
    }
  })

  test('reading leaves nothing behind, writing one object beside the flows', async () => {
    const url = newUrl()
    const store = await openStore(url, { env })
    expect(await store.list('')).toEqual({ keys: [], prefixes: [] })
    await openStore(url, { env, check: 'write' })
    expect(await store.list('')).toEqual({ keys: ['.flowctl-probe'], prefixes: [] })
  })

  test('a key or a secret that is wrong', async () => {
    await expectRefusal(
      newUrl(),
      { ...env, AWS_ACCESS_KEY_ID: 'nobody' },
      'DATASTORE_S3_CREDENTIALS',
      'InvalidAccessKeyId',
    )
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' }
    await expectRefusal(newUrl(), wrong, 'DATASTORE_S3_CREDENTIALS', 'SignatureDoesNotMatch')
  })

  test('a bucket that does not exist', async () => {
    await expectRefusal('s3://no-such-bucket/x', env, 'DATASTORE_S3_NO_BUCKET', "'no-such-bucket'")
  })

  test('a store that ends up with an error is told from the first use too', async () => {
    const store = await openStore('s3://no-such-bucket/x', { env, check: 'none' })
    for (const use of [
      () => store.get('a'),
      () => store.put('a', new Uint8Array(1)),
      () => store.putIfAbsent('a', new Uint8Array(1)),
      () => store.putIfMatch('a', new Uint8Array(1), 'e'),
      () => store.list(''),
      () => store.delete('a'),
    ]) {
      await expect(use()).rejects.toMatchObject({ code: 'DATASTORE_S3_NO_BUCKET' })
    }
  })

  test('a server that keeps no condition of writes', async () => {
    // The signature covers the headers, so none can be taken away: what stands for such a server answers by itself.
    const answer: RequestListener = ({ method }, response) => {
      const list = `<ListBucketResult><Name>${bucket}</Name><KeyCount>0</KeyCount></ListBucketResult>`
      response.end(method === 'GET' ? list : '')
    }
    const endpoint = await addressOf(createWebServer(answer))
    await expectRefusal(newUrl(), { ...KEYS, FLOWCTL_S3_ENDPOINT: endpoint }, 'DATASTORE_S3_NO_CONDITIONS', endpoint)
    await expect(
      openStore(newUrl(), { env: { ...KEYS, FLOWCTL_S3_ENDPOINT: endpoint }, check: 'read' }),
    ).resolves.toBeDefined()
  })

  test('a server that says that it does not know conditions', async () => {
    const answer: RequestListener = ({ method }, response) => {
      const list = `<ListBucketResult><Name>${bucket}</Name><KeyCount>0</KeyCount></ListBucketResult>`
      if (method === 'GET') response.end(list)
      else response.writeHead(501).end('<Error><Code>NotImplemented</Code></Error>')
    }
    const endpoint = await addressOf(createWebServer(answer))
    await expectRefusal(newUrl(), { ...KEYS, FLOWCTL_S3_ENDPOINT: endpoint }, 'DATASTORE_S3_NO_CONDITIONS', endpoint)
  })

  test('one failure while it is opened is passed over', async () => {
    const { proxy } = await openThroughProxy(server as S3Server, (_, nth) => (nth === 1 ? { status: 503 } : 'pass'))
    const store = await openStore(newUrl(), { env: { ...env, FLOWCTL_S3_ENDPOINT: proxy.endpoint }, check: 'write' })
    expect(store.url).toMatch(/^s3:/)
    expect(proxy.requests.length).toBeGreaterThan(3)
  })
})

describe('what is not there at all', () => {
  test.each([
    ['a page', 200, '<html><body>hello<br></body></html>'],
    ['a page that is not there', 404, 'Not Found'],
    ['an answer without a body', 200, ''],
    ['JSON', 403, '{"error":"forbidden"}'],
    ['another address', 302, ''],
  ])('a web server that is no S3 server: %s', async (_, status, body) => {
    const endpoint = await addressOf(createWebServer((_request, response) => response.writeHead(status).end(body)))
    await expectRefusal('s3://bucket', { ...KEYS, FLOWCTL_S3_ENDPOINT: endpoint }, 'DATASTORE_S3_NOT_S3', endpoint)
  })

  test('nobody listens', async () => {
    const closed = createTcpServer()
    const endpoint = await addressOf(closed)
    await new Promise((resolve) => closed.close(resolve))
    await expectRefusal('s3://bucket', { ...KEYS, FLOWCTL_S3_ENDPOINT: endpoint }, 'DATASTORE_S3_UNREACHABLE', endpoint)
  })

  test('no such host', async () => {
    const endpoint = 'http://s3.invalid'
    await expectRefusal('s3://bucket', { ...KEYS, FLOWCTL_S3_ENDPOINT: endpoint }, 'DATASTORE_S3_UNREACHABLE', endpoint)
  })

  test('a server that takes requests and never answers', async () => {
    const endpoint = await addressOf(createTcpServer((socket) => socket.on('error', () => {})))
    await expectRefusal(
      's3://bucket',
      { ...KEYS, FLOWCTL_S3_ENDPOINT: endpoint },
      'DATASTORE_S3_UNREACHABLE',
      'within 8 s',
    )
  })

  test.each<[string, Record<string, string>, ErrorCode, string]>([
    ['s3://', {}, 'DATASTORE_S3_URL_INVALID', 'names no bucket'],
    ['s3:bucket', {}, 'DATASTORE_S3_URL_INVALID', 'names no bucket'],
    ['s3://b_/x', {}, 'DATASTORE_S3_URL_INVALID', "'b_'"],
    ['s3://bucket/a b', {}, 'DATASTORE_S3_URL_INVALID', "'a b'"],
    ['s3://bucket/a/../b', {}, 'DATASTORE_S3_URL_INVALID', "'a/../b'"],
    [`s3://bucket/${'x'.repeat(201)}`, {}, 'DATASTORE_S3_URL_INVALID', 'longer than 200'],
    ['s3://bucket', { FLOWCTL_S3_ENDPOINT: 'localhost:9000' }, 'DATASTORE_S3_SETTING_INVALID', 'localhost:9000'],
    ['s3://bucket', { AWS_ENDPOINT_URL: 'ftp://x' }, 'DATASTORE_S3_SETTING_INVALID', 'AWS_ENDPOINT_URL'],
    ['s3://bucket', { FLOWCTL_S3_PATH_STYLE: 'yes' }, 'DATASTORE_S3_SETTING_INVALID', 'true or false'],
  ])('%s with %j', (url, env, code, given) => expectRefusal(url, { ...KEYS, ...env }, code, given))
})

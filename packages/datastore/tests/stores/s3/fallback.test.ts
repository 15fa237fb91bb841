import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { connect } from '../../../src/stores/s3/connect.ts'
import { DEFAULT_LIMITS } from '../../../src/stores/s3/limits.ts'
import type { ObjectRequests } from '../../../src/stores/s3/objects/object-requests.ts'

/** What the server says to a request that is not a command's; 200: to every request. */
interface Refusal {
  readonly status: number
  readonly code?: string
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that gives every object `hello`, but refuses what is not sent by a command of the SDK, and notes how it was asked. */
async function serve({ status, code = '' }: Refusal): Promise<{ asked: string[]; objects: ObjectRequests }> {
  const asked: string[] = []
  server = createServer((request, response) => {
    const isCommand = request.headers['user-agent']?.includes('aws-sdk-js') === true
    asked.push(`${isCommand ? 'command' : 'signed'} ${request.method}`)
    request.resume().on('end', () => {
      if (isCommand || status === 200) response.writeHead(200, { etag: '"e1"' }).end('hello')
      else response.writeHead(status).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`)
    })
  })
  const { port } = await new Promise<AddressInfo>((resolve) => {
    const listening = server as Server
    listening.listen(0, '127.0.0.1', () => resolve(listening.address() as AddressInfo))
  })
  const settings = {
    bucket: 'bucket',
    prefix: 'p/',
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    pathStyle: true,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  }
  return { asked, objects: connect(settings, DEFAULT_LIMITS).objects }
}

async function textOf(objects: ObjectRequests): Promise<string> {
  const { body, etag } = await objects.get('a', 'bytes=0-99')
  expect(etag).toBe('e1')
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

const put = { body: new TextEncoder().encode('hello'), size: 5 }

test('requests are signed and sent without commands', async () => {
  const { asked, objects } = await serve({ status: 200 })
  expect(await textOf(objects)).toBe('hello')
  expect(await objects.head('a')).toEqual({ etag: 'e1', nonce: undefined })
  expect(await objects.put('a', put)).toBe('e1')
  expect(asked).toEqual(['signed GET', 'signed HEAD', 'signed PUT'])
})

test('a stream is sent by a command', async () => {
  const { asked, objects } = await serve({ status: 200 })
  expect(await objects.put('a', { body: Readable.from([put.body], { objectMode: false }), size: 5 })).toBe('e1')
  expect(asked).toEqual(['command PUT'])
})

test.each([
  { status: 301, code: 'PermanentRedirect' },
  { status: 307, code: 'TemporaryRedirect' },
  { status: 400, code: 'AuthorizationHeaderMalformed' },
])('a bucket that is elsewhere ($status) is asked by commands from then on', async (refusal) => {
  const { asked, objects } = await serve(refusal)
  expect(await textOf(objects)).toBe('hello')
  expect(await objects.put('a', put)).toBe('e1')
  expect(asked).toEqual(['signed GET', 'command GET', 'command PUT'])
})

test('a clock that differs is corrected by a command, this once', async () => {
  const { asked, objects } = await serve({ status: 403, code: 'RequestTimeTooSkewed' })
  expect(await textOf(objects)).toBe('hello')
  expect(await objects.put('a', put)).toBe('e1')
  expect(asked).toEqual(['signed GET', 'command GET', 'signed PUT', 'command PUT'])
})

test.each([
  { status: 403, code: 'AccessDenied' },
  { status: 404, code: 'NoSuchKey' },
  { status: 412, code: 'PreconditionFailed' },
  { status: 503, code: 'SlowDown' },
])('what a command would be refused too ($status) is not asked again', async (refusal) => {
  const { asked, objects } = await serve(refusal)
  await expect(objects.get('a', 'bytes=0-99')).rejects.toMatchObject({
    name: refusal.code,
    $metadata: { httpStatusCode: refusal.status },
  })
  expect(asked).toEqual(['signed GET'])
})

import { connect } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, expect, test } from 'vitest'
import type { Check } from '../../src/http/service-app.ts'
import { startServiceServer, type ServiceServer } from '../../src/http/service-server.ts'

let server: ServiceServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const start = async (ready: Check): Promise<ServiceServer> => {
  server = await startServiceServer({ host: '127.0.0.1', port: 0, ready, metrics: new Registry() })
  return server
}
const get = async (path: string, method = 'GET'): Promise<[number, string]> => {
  const response = await fetch(`${server?.url}${path}`, { method })
  return [response.status, await response.text()]
}

test('answers with the routes of a service', async () => {
  await start(() => 'Redis does not answer')
  expect(await get('/healthz?verbose')).toEqual([200, 'ok\n'])
  expect(await get('/readyz')).toEqual([503, 'Redis does not answer\n'])
  expect((await get('/metrics'))[0]).toBe(200)
  expect((await get('/'))[0]).toBe(404)
  expect((await get('/metrics', 'POST'))[0]).toBe(405)
  expect(await get('/healthz', 'HEAD')).toEqual([200, ''])
})

test('leaves the Request and Response of the process alone', async () => {
  const before = [globalThis.Request, globalThis.Response]
  await start(() => undefined)
  expect([globalThis.Request, globalThis.Response]).toEqual(before)
})

test('listens on loopback on a port of its own', async () => {
  const { url } = await start(() => undefined)
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('a port that is taken is refused with the reason', async () => {
  const { url } = await start(() => undefined)
  const port = Number(new URL(url).port)
  const again = startServiceServer({ host: '127.0.0.1', port, ready: () => undefined, metrics: new Registry() })
  await expect(again).rejects.toMatchObject({
    code: 'PORT_UNUSABLE',
    message: `127.0.0.1:${port} cannot serve health and metrics: another program uses it`,
  })
})

test('closing ends open connections', async () => {
  const { url, close } = await start(() => undefined)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.once('connect', resolve))
  await close()
  await closed
  server = undefined
})

import { Counter, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { serviceApp, type Check, type ServiceAppOptions } from '../../src/http/service-app.ts'

const fine: Check = () => undefined
const app = (more: Partial<ServiceAppOptions> = {}) => serviceApp({ ready: fine, metrics: new Registry(), ...more })

async function ask(given: Partial<ServiceAppOptions>, path: string, method = 'GET'): Promise<[number, string]> {
  const response = await app(given).request(path, { method })
  return [response.status, await response.text()]
}

describe('health and readiness', () => {
  test('all is well', async () => {
    expect(await ask({}, '/healthz')).toEqual([200, 'ok\n'])
    expect(await ask({}, '/readyz?verbose')).toEqual([200, 'ok\n'])
  })

  test('says what is wrong', async () => {
    const given = { ready: async () => 'Redis does not answer', healthy: fine }
    expect(await ask(given, '/readyz')).toEqual([503, 'Redis does not answer\n'])
    expect(await ask(given, '/healthz')).toEqual([200, 'ok\n'])
  })

  test('a check that throws or hangs has failed', async () => {
    const given = {
      ready: () => {
        throw new Error('boom')
      },
      healthy: () => new Promise<undefined>(() => {}),
    }
    expect(await ask(given, '/readyz')).toEqual([503, 'Error: boom\n'])
    expect(await ask(given, '/healthz')).toEqual([503, 'no answer within 2 s\n'])
  })
})

test('metrics have the type that Prometheus expects', async () => {
  const metrics = new Registry()
  new Counter({ name: 'done_total', help: 'Done', registers: [metrics] }).inc(3)
  const response = await app({ metrics }).request('/metrics')
  expect(response.headers.get('content-type')).toBe(metrics.contentType)
  expect(await response.text()).toContain('done_total 3\n')
})

test('metrics that cannot be told are an error with its reason', async () => {
  const metrics = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('Redis does not answer')) }
  expect(await ask({ metrics }, '/metrics')).toEqual([500, 'Error: Redis does not answer\n'])
})

test('other paths and methods are refused', async () => {
  for (const path of ['/', '/healthz/', '/nothing'])
    expect(await ask({}, path)).toEqual([404, 'there are /healthz, /readyz and /metrics\n'])
  for (const [path, method] of [
    ['/metrics', 'POST'],
    ['/nothing', 'DELETE'],
  ] as const)
    expect(await ask({}, path, method)).toEqual([405, 'only GET\n'])
})

test('HEAD is GET without the body', async () => {
  const response = await app().request('/healthz', { method: 'HEAD' })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain;charset=UTF-8'])
  expect(await response.text()).toBe('')
})

import { createServer, type AddressInfo } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startProxy, type Proxy } from '@flowctl/test-support/servers/proxy'
import { missingRedis, startRedis } from '@flowctl/test-support/servers/redis'

interface Bench {
  readonly proxy: Proxy
  /** Through the proxy. */
  readonly client: Redis
  /** Not through it. */
  readonly direct: Redis
}

async function bench(): Promise<Bench> {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const proxy = await startProxy({ to: server.port })
  onTestFinished(() => proxy.close())
  const client = new Redis(proxy.url, { maxRetriesPerRequest: 0, enableReadyCheck: false, retryStrategy: () => 10 })
  const direct = new Redis(server.url)
  for (const one of [client, direct]) {
    one.on('error', () => {})
    onTestFinished(() => one.disconnect())
  }
  await client.ping()
  return { proxy, client, direct }
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

describe.skipIf(missingRedis() !== undefined)('a proxy before Redis', () => {
  it('passes everything on, also what is big', async () => {
    const { client, proxy } = await bench()
    const big = 'x'.repeat(3_000_000)
    await client.set('big', big)
    expect(await client.get('big')).toBe(big)
    const many = await Promise.all(Array.from({ length: 500 }, (_, n) => client.incrby('n', n % 2)))
    expect(many.at(-1)).toBe(250)
    expect(proxy.requests).toBeGreaterThan(500)
    expect(proxy.connections).toBe(1)
  })

  it('delays one direction by the time that is asked for, whatever the number of requests', async () => {
    const { client, proxy } = await bench()
    proxy.toClient.delayMs = 150
    expect(await took(() => Promise.all(Array.from({ length: 50 }, () => client.ping())))).toBeGreaterThan(140)
    expect(await took(() => Promise.all(Array.from({ length: 50 }, () => client.ping())))).toBeLessThan(5000)
    proxy.toClient.delayMs = 0
    await expect.poll(() => took(() => client.ping())).toBeLessThan(140)
  })

  it('holds everything in a black hole and gives it when that heals', async () => {
    const { client, direct, proxy } = await bench()
    proxy.blackHole(true)
    const answer = client.incr('n')
    expect(await Promise.race([answer, sleep(200, 'silence')])).toBe('silence')
    expect(await direct.get('n')).toBeNull()
    proxy.blackHole(false)
    expect(await answer).toBe(1)
  })

  it('can lose one direction only', async () => {
    const { client, direct, proxy } = await bench()
    proxy.toClient.isBlackHole = true
    const answer = client.incr('n')
    await expect.poll(() => direct.get('n')).toBe('1')
    expect(await Promise.race([answer, sleep(100, 'silence')])).toBe('silence')
    proxy.toClient.isBlackHole = false
    expect(await answer).toBe(1)
  })

  it('cuts connections', async () => {
    const { client, proxy } = await bench()
    const blocked = client.blpop('nothing', 0).catch((error: unknown) => error)
    await sleep(50)
    proxy.reset()
    expect(await blocked).toBeInstanceOf(Error)
    expect(await client.ping()).toBe('PONG')
  })

  it('loses the reply of the command that is named, when it was done', async () => {
    const { client, direct, proxy } = await bench()
    const lost = proxy.dropReply({ nth: 3, match: (request) => request.startsWith('incr') })
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => client.incr('n')))
    expect(outcomes.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(await lost).toBe('incr n')
    // All four were sent together.
    expect(await direct.get('n')).toBe('4')
    expect(await client.incr('n')).toBe(5)
  })

  it('counts replies of every shape', async () => {
    const { client, proxy } = await bench()
    await client.mset('a', 'line\r\nline', 'b', '')
    await client.hset('h', { one: '1', two: '2' })
    expect(await client.mget('a', 'b', 'c')).toEqual(['line\r\nline', '', null])
    expect(await client.eval("return {1, {'x', {}}, false, 'end'}", 0)).toEqual([1, ['x', []], null, 'end'])
    await expect(client.eval("return redis.error_reply('no')", 0)).rejects.toThrow('no')
    const lost = proxy.dropReply({ match: (request) => request === 'hgetall h' })
    expect(await client.get('b')).toBe('')
    await expect(client.hgetall('h')).rejects.toThrow()
    await lost
  })

  it('passes as many bytes as the line can take', async () => {
    const { client, proxy } = await bench()
    await client.set('big', 'x'.repeat(100_000))
    proxy.toClient.bytesPerSecond = 200_000
    expect(await took(() => client.get('big'))).toBeGreaterThan(400)
  })
})

describe('a proxy before an HTTP server', () => {
  it('loses the reply of one request that was done', async () => {
    const done: string[] = []
    const server = createHttpServer((request, response) => {
      request.resume().on('end', () => {
        done.push(`${request.method} ${request.url}`)
        response.end('well')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const proxy = await startProxy({ to: (server.address() as AddressInfo).port, protocol: 'http' })
    onTestFinished(() => proxy.close())
    const lost = proxy.dropReply({ match: (request) => request.startsWith('PUT /b') })
    const put = async (path: string): Promise<string> =>
      (await fetch(`${proxy.url}${path}`, { method: 'PUT', body: 'x'.repeat(100_000) })).text()
    expect(await put('/a')).toBe('well')
    await expect(put('/b')).rejects.toThrow()
    expect(await lost).toBe('PUT /b HTTP/1.1')
    expect(await put('/b')).toBe('well')
    expect(done).toEqual(['PUT /a', 'PUT /b', 'PUT /b'])
  })

  it('tells a client when the server is not there', async () => {
    const nobody = createServer()
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve))
    const { port } = nobody.address() as AddressInfo
    await new Promise((resolve) => nobody.close(resolve))
    const proxy = await startProxy({ to: port, protocol: 'http' })
    onTestFinished(() => proxy.close())
    await expect(fetch(proxy.url)).rejects.toThrow()
  })
})

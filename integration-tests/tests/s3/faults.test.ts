import { describe, expect, test } from 'vitest'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import type { Fate, SeenRequest } from '@flowctl/test-support/servers/faulty-proxy'
import { bytes, openThroughProxy, pattern, textOf } from './open.ts'

const found = await s3Server()
const server = found as S3Server

/** The first `count` requests of a kind meet a fate; all others pass. */
function firstOf(count: number, method: string, fate: Fate): (seen: SeenRequest) => Fate {
  let left = count
  return (seen) => (seen.method === method && left-- > 0 ? fate : 'pass')
}

describe.skipIf(found === undefined)('a put whose reply is lost', () => {
  test.each<[string, Fate]>([
    ['lost', 'lose reply'],
    ['cut off before its end', { cutAfter: 0 }],
  ])('putIfAbsent wrote when its reply was %s', async (_, fate) => {
    const { store, direct, proxy } = await openThroughProxy(server, firstOf(1, 'PUT', fate))
    const result = await store.putIfAbsent('commit', bytes('mine'))
    expect(result).toEqual({ written: true, etag: (await direct.get('commit'))?.etag })
    expect(proxy.requests.filter(({ method }) => method === 'PUT').length).toBeLessThanOrEqual(2)
    expect(await store.putIfAbsent('commit', bytes('mine'))).toEqual({ written: false })
  })

  test('of two that write the same bytes, each with a lost reply, exactly one wrote', async () => {
    const { store } = await openThroughProxy(server, firstOf(2, 'PUT', 'lose reply'))
    const results = await Promise.all([
      store.putIfAbsent('commit', bytes('same')),
      store.putIfAbsent('commit', bytes('same')),
    ])
    expect(results.filter(({ written }) => written)).toHaveLength(1)
  })

  test('who lost before its reply was lost has lost', async () => {
    const { store, direct } = await openThroughProxy(server, firstOf(1, 'PUT', 'lose reply'))
    await direct.putIfAbsent('commit', bytes('theirs'))
    expect(await store.putIfAbsent('commit', bytes('mine'))).toEqual({ written: false })
    expect(textOf((await direct.get('commit'))?.bytes)).toBe('theirs')
  })

  test('putIfMatch wrote', async () => {
    const { store, direct } = await openThroughProxy(server, firstOf(1, 'PUT', 'lose reply'))
    const { etag } = await direct.put('tags', bytes('1'))
    const result = await store.putIfMatch('tags', bytes('2'), etag)
    expect(result).toEqual({ written: true, etag: (await direct.get('tags'))?.etag })
    expect(await store.putIfMatch('tags', bytes('3'), etag)).toEqual({ written: false })
  })

  test('a counter changed by many, a quarter of their replies lost, loses no step and counts none twice', async () => {
    let requests = 0
    const { store } = await openThroughProxy(server, ({ method }) => {
      requests += method === 'PUT' ? 1 : 0
      return method === 'PUT' && requests % 4 === 0 ? 'lose reply' : 'pass'
    })
    await store.put('counter', bytes('0'))
    // One after the other: a lost write that another writer has replaced since cannot be told from one that was refused.
    for (let i = 0; i < 20; i += 1) {
      const current = await store.get('counter')
      const next = bytes(String(Number(textOf(current?.bytes)) + 1))
      expect((await store.putIfMatch('counter', next, current?.etag ?? '')).written).toBe(true)
    }
    expect(textOf((await store.get('counter'))?.bytes)).toBe('20')
  })

  test('a plain put, and the end of one in parts', async () => {
    const { store, direct } = await openThroughProxy(server, (seen) =>
      firstPost(seen) || firstPut(seen) ? 'lose reply' : 'pass',
    )
    const firstPut = once(({ method }) => method === 'PUT')
    const firstPost = once(({ method, path }) => method === 'POST' && path.includes('uploadId='))
    const { etag } = await store.put('small', bytes('small'))
    expect((await direct.get('small'))?.etag).toBe(etag)
    const large = pattern(20 * 2 ** 20)
    const written = await store.put('large', large)
    const read = await direct.get('large')
    expect(read?.etag).toBe(written.etag)
    expect(Buffer.compare(read?.bytes ?? large.subarray(1), large)).toBe(0)
  })
})

describe.skipIf(found === undefined)('a server in trouble', () => {
  test.each([500, 502, 503, 504, 429, 408])('%i for every second request is passed over', async (status) => {
    const { store } = await openThroughProxy(server, (_, nth) => (nth % 2 === 1 ? { status } : 'pass'))
    expect((await store.putIfAbsent('a/b', bytes('x'))).written).toBe(true)
    expect(textOf((await store.get('a/b'))?.bytes)).toBe('x')
    expect((await store.list('a/')).keys).toEqual(['a/b'])
    await store.delete('a/b')
    expect(await store.get('a/b')).toBeUndefined()
  })

  test('one that stays in trouble is given up after the tries it was given', async () => {
    const { store, proxy } = await openThroughProxy(server, () => ({ status: 503 }), { tries: 4 })
    await expect(store.get('a')).rejects.toMatchObject({
      code: 'DATASTORE_S3_FAILED',
      message: expect.stringMatching(/\/a: .*HTTP 503/),
    })
    expect(proxy.requests).toHaveLength(4)
  })

  test('what will never succeed is not tried again', async () => {
    const { store, proxy } = await openThroughProxy(server, () => ({ status: 403 }))
    await expect(store.get('a')).rejects.toMatchObject({ code: 'DATASTORE_S3_DENIED' })
    expect(proxy.requests).toHaveLength(1)
  })

  test.each([301, 400])('what another region or name would be tried for (%i) is left to the SDK', async (status) => {
    const { store, direct, proxy } = await openThroughProxy(server, firstOf(1, 'GET', { status }))
    await direct.put('a', bytes('1'))
    expect(textOf((await store.get('a'))?.bytes)).toBe('1')
    expect(textOf((await store.get('a'))?.bytes)).toBe('1')
    expect(proxy.requests).toHaveLength(3)
  })

  test('a connection on which nothing comes is left, and the request sent again', async () => {
    const { store, proxy } = await openThroughProxy(server, (_, nth) => (nth <= 2 ? 'swallow' : 'pass'))
    const before = performance.now()
    expect((await store.putIfAbsent('a', bytes('x'))).written).toBe(true)
    expect(performance.now() - before).toBeLessThan(20_000)
    expect(proxy.requests).toHaveLength(3)
  })

  test('a body that is cut off is read again, in whole and in parts', async () => {
    const { store, direct } = await openThroughProxy(server, (seen, nth) =>
      seen.method === 'GET' && nth % 3 === 1 ? { cutAfter: 100_000 } : 'pass',
    )
    const large = pattern(20 * 2 ** 20 + 7)
    await direct.put('large', large)
    expect(Buffer.compare((await store.get('large'))?.bytes ?? bytes(''), large)).toBe(0)
    const range = await store.getRange('large', 5_000_000, 18_000_000)
    expect(Buffer.compare(range ?? bytes(''), large.subarray(5_000_000, 18_000_000))).toBe(0)
  })

  test('parts of a large write that fail are written again, and nothing stays of a write that is given up', async () => {
    const { store, direct } = await openThroughProxy(server, ({ method, path }, nth) =>
      method === 'PUT' && path.includes('partNumber=') && nth % 2 === 0 ? { status: 500 } : 'pass',
    )
    const large = pattern(40 * 2 ** 20, 3)
    await store.put('large', large)
    expect(Buffer.compare((await direct.get('large'))?.bytes ?? bytes(''), large)).toBe(0)

    const doomed = await openThroughProxy(
      server,
      ({ path }) => (path.includes('partNumber=3') ? { status: 500 } : 'pass'),
      { tries: 2 },
    )
    await expect(doomed.store.put('large', large)).rejects.toMatchObject({ code: 'DATASTORE_S3_FAILED' })
    expect(doomed.proxy.requests.at(-1)?.method).toBe('DELETE')
    expect(await doomed.direct.get('large')).toBeUndefined()
  })
})

function once(is: (seen: SeenRequest) => boolean): (seen: SeenRequest) => boolean {
  let done = false
  return (seen) => !done && is(seen) && (done = true)
}

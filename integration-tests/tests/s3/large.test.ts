import { randomBytes } from 'node:crypto'
import { ArtifactStore, encodeValue } from '@flowctl/datastore'
import { describe, expect, test } from 'vitest'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { openOn, openThroughProxy, pattern } from './open.ts'

const found = await s3Server()
const server = found as S3Server
const MIB = 2 ** 20
const NOTHING = new Uint8Array(0)

describe.skipIf(found === undefined)('large objects', () => {
  test('are written in parts, several at a time, whatever their chunks, and read the same way', async () => {
    const { store, direct, proxy } = await openThroughProxy(server, () => 'pass')
    const whole = pattern(33 * MIB + 5)
    const chunks = [whole.subarray(0, 3), whole.subarray(3, 9 * MIB), NOTHING, whole.subarray(9 * MIB)]
    const { etag } = await store.put('large', chunks)
    const parts = proxy.requests.filter(({ method, path }) => method === 'PUT' && path.includes('partNumber='))
    expect(parts.map(({ headers }) => Number(headers['content-length'])).toSorted((a, b) => a - b)).toEqual([
      MIB + 5,
      ...Array.from({ length: 4 }, () => 8 * MIB),
    ])
    const read = await store.get('large')
    expect(read?.etag).toBe(etag)
    expect(Buffer.compare(read?.bytes ?? NOTHING, whole)).toBe(0)
    expect(read?.bytes.buffer.byteLength).toBe(whole.byteLength)
    const ranges = proxy.requests.filter(({ method }) => method === 'GET').map(({ headers }) => headers.range)
    expect(ranges).toHaveLength(5)
    expect(new Set(ranges)).toEqual(
      new Set([
        'bytes=0-8388607',
        'bytes=16777216-25165823',
        'bytes=25165824-33554431',
        'bytes=33554432-34603012',
        'bytes=8388608-16777215',
      ]),
    )
    expect((await direct.list('')).keys).toEqual(['large'])
  })

  test.each([
    [0, 34 * MIB],
    [5 * MIB, 30 * MIB],
    [8 * MIB - 1, 8 * MIB + 1],
    [17 * MIB - 3, 40 * MIB],
    [17 * MIB, 40 * MIB],
  ])('bytes %i to %i', async (from, to) => {
    const store = await openOn(server)
    const whole = pattern(17 * MIB, 9)
    await store.put('large', whole)
    const range = await store.getRange('large', from, to)
    expect(Buffer.compare(range ?? NOTHING, whole.subarray(from, to))).toBe(0)
    expect(range?.buffer.byteLength).toBe(range?.byteLength)
  })

  test.each([8 * MIB, 8 * MIB + 1, 16 * MIB])(
    'of %i bytes: the border between one request and several',
    async (size) => {
      const store = await openOn(server)
      const whole = pattern(size, 1)
      const { etag } = await store.put('border', [whole.subarray(0, 100), whole.subarray(100)])
      const read = await store.get('border')
      expect(read?.etag).toBe(etag)
      expect(Buffer.compare(read?.bytes ?? NOTHING, whole)).toBe(0)
    },
  )

  test('are written on a condition in one request, which the condition is true of', async () => {
    const { store, proxy } = await openThroughProxy(server, () => 'pass')
    const bodies = [1, 2, 3].map((seed) => pattern(17 * MIB, seed))
    const results = await Promise.all(
      bodies.map((body) => store.putIfAbsent('once', [body.subarray(0, 7), body.subarray(7)])),
    )
    expect(results.filter(({ written }) => written)).toHaveLength(1)
    const winner = bodies[results.findIndex(({ written }) => written)] as Uint8Array
    const read = await store.get('once')
    expect(Buffer.compare(read?.bytes ?? NOTHING, winner)).toBe(0)
    expect(proxy.requests.filter(({ method }) => method === 'PUT' || method === 'POST')).toHaveLength(3)
    expect((await store.putIfMatch('once', bodies[0] as Uint8Array, 'another')).written).toBe(false)
    expect((await store.putIfMatch('once', bodies[0] as Uint8Array, read?.etag ?? '')).written).toBe(true)
  })

  test('a conditional write of a large object whose reply is lost', async () => {
    let puts = 0
    const { store } = await openThroughProxy(server, ({ method }) => {
      puts += method === 'PUT' ? 1 : 0
      return method === 'PUT' && puts === 1 ? 'lose reply' : 'pass'
    })
    expect((await store.putIfAbsent('once', pattern(17 * MIB))).written).toBe(true)
    expect(puts).toBe(2)
  })

  test('one that is written while it is read comes whole, as it was at one time', async () => {
    const second = pattern(24 * MIB, 2)
    let replaced = false
    const starts: (string | undefined)[] = []
    const { store, direct } = await openThroughProxy(
      server,
      ({ method, headers }) => {
        const isStart = headers.range?.startsWith('bytes=0-') === true
        if (method === 'GET' && isStart) starts.push(headers.range)
        // Parts after the first have to wait until the object is another one.
        return method !== 'GET' || isStart || replaced ? 'pass' : { status: 503 }
      },
      { tries: 1000 },
    )
    await direct.put('large', pattern(24 * MIB, 1))
    const reading = store.get('large')
    while (starts.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 200))
    await direct.put('large', second)
    replaced = true
    const read = await reading
    expect(Buffer.compare(read?.bytes ?? NOTHING, second)).toBe(0)
    expect(starts).toHaveLength(2)
  })

  test('an artifact is written once, in parts, and read with its hash checked', async () => {
    const { store, direct, proxy } = await openThroughProxy(server, () => 'pass')
    const value = { name: 'weights', data: new Uint8Array(randomBytes(20 * MIB)) }
    const encoded = encodeValue(value, 'weights')
    const ref = await new ArtifactStore(store, 'AFlow').save(encoded)
    const before = proxy.requests.length
    await new ArtifactStore(store, 'AFlow').save(encodeValue(value, 'weights'))
    expect(proxy.requests.slice(before).map(({ method }) => method)).toEqual(['HEAD'])
    const loaded = (await new ArtifactStore(direct, 'AFlow').load(ref)) as typeof value
    expect(Buffer.compare(loaded.data, value.data)).toBe(0)

    const { keys } = await direct.list('AFlow/data/')
    const damaged = (await direct.get(keys[0] ?? ''))?.bytes ?? NOTHING
    damaged[19 * MIB] = (damaged[19 * MIB] ?? 0) ^ 1
    await direct.put(keys[0] ?? '', damaged)
    await expect(new ArtifactStore(direct, 'AFlow').load(ref)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' })
  })
})

describe.skipIf(found === undefined)('long listings', () => {
  test('a page of more than S3 gives at a time', async () => {
    const store = await openOn(server)
    const keys = Array.from({ length: 1203 }, (_, i) => `many/${String(i).padStart(4, '0')}`)
    const queue = keys.values()
    const writer = async (): Promise<void> => {
      for (const key of queue) await store.put(key, NOTHING)
    }
    await Promise.all(Array.from({ length: 16 }, writer))
    const page = await store.list('', { limit: 1200 })
    expect(page.keys).toEqual(keys.slice(0, 1200))
    expect((await store.list('', { limit: 1200, cursor: page.cursor as string })).keys).toEqual(keys.slice(1200))
    expect(await store.list('', { limit: 5000 })).toEqual({ keys, prefixes: [] })
    expect(await store.list('', { limit: 5000, delimiter: '/' })).toEqual({ keys: [], prefixes: ['many/'] })
  })
})

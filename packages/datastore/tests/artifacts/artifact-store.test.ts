import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { INLINE_LIMIT, layout, type ArtifactRef, type ObjectStore } from '@flowctl/core'
import { ArtifactStore, encodeValue, fileStore, memoryStore } from '@flowctl/datastore'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'

/** A real store that counts what is asked of it. */
function counted(inner: ObjectStore) {
  const calls = { get: 0, getRange: 0, putIfAbsent: 0, sync: 0, getMany: 0 }
  const sync = inner.sync
  const store: ObjectStore = {
    url: inner.url,
    get: (key) => ((calls.get += 1), inner.get(key)),
    getRange: (key, from, to) => ((calls.getRange += 1), inner.getRange(key, from, to)),
    put: (key, body) => inner.put(key, body),
    putIfAbsent: (key, body) => ((calls.putIfAbsent += 1), inner.putIfAbsent(key, body)),
    putIfMatch: (key, body, etag) => inner.putIfMatch(key, body, etag),
    list: (prefix, options) => inner.list(prefix, options),
    delete: (key) => inner.delete(key),
    ...(sync && {
      sync: {
        get: (key) => ((calls.sync += 1), sync.get(key)),
        getRange: (key, from, to) => ((calls.sync += 1), sync.getRange(key, from, to)),
        getMany: (keys) => ((calls.getMany += 1), keys.map((key) => sync.get(key))),
      },
    }),
  }
  return { store, calls }
}

/** Vitest takes seconds to compare a large array. */
const same = (expected: unknown) => (actual: unknown) => isDeepStrictEqual(actual, expected)

const STORES: readonly [string, () => ObjectStore][] = [
  ['memory', memoryStore],
  ['files', () => fileStore(temporaryFolder())],
]

describe.each(STORES)('artifacts in a store of %s', (_, makeStore) => {
  const SMALL = { a: 1 }
  const MIDDLE = { rows: Array.from({ length: 1000 }, (_row, i) => `row ${i}`) }
  const LARGE_ARRAY = new Float64Array(400_000).map((_x, i) => i / 3)
  const LARGE_GRAPH = {
    text: Array.from({ length: 60_000 }, (_x, i) => Math.sin(i) * 1e9),
    more: new Float32Array(300_000),
  }

  test.each([SMALL, MIDDLE, LARGE_ARRAY, LARGE_GRAPH])('are saved and loaded', async (value) => {
    const artifacts = new ArtifactStore(makeStore(), 'F')
    const encoded = encodeValue(value, 'v')
    const ref = await artifacts.save(encoded)
    expect(ref).toMatchObject({ hash: encoded.hash, size: encoded.size, type: encoded.type, preview: encoded.preview })
    expect(await artifacts.load(ref)).toSatisfy(same(value))
    expect(artifacts.loadSync(ref)).toSatisfy(same(value))
    expect(Buffer.compare(artifacts.bytesSync(ref), Buffer.concat(encoded.chunks))).toBe(0)
  })

  test('of up to INLINE_LIMIT bytes are in their reference, larger ones in a blob', async () => {
    const store = makeStore()
    const artifacts = new ArtifactStore(store, 'F')
    const header = encodeValue(new Uint8Array(0), 'v').size
    const inline = await artifacts.save(encodeValue(new Uint8Array(INLINE_LIMIT - header), 'v'))
    expect(inline.inline).toBeDefined()
    expect((await store.list('')).keys).toEqual([])
    const blob = await artifacts.save(encodeValue(new Uint8Array(INLINE_LIMIT - header + 1), 'v'))
    expect(blob.inline).toBeUndefined()
    expect((await store.list('')).keys).toEqual([layout.dataKey('F', blob.hash)])
  })

  test('every load is a value of its own, prefetched or not', async () => {
    const artifacts = new ArtifactStore(makeStore(), 'F')
    for (const value of [SMALL, MIDDLE, LARGE_ARRAY, { view: LARGE_ARRAY.slice(0, 1000) }]) {
      const ref = await artifacts.save(encodeValue(value, 'v'))
      for (let round = 0; round < 2; round += 1) {
        const loaded = [artifacts.loadSync(ref), await artifacts.load(ref)] as { a?: number }[]
        for (const one of loaded) {
          if (one instanceof Float64Array) one.fill(9)
          else if ('view' in one) (one.view as Float64Array).fill(9)
          else one.a = 9
        }
        expect(artifacts.loadSync(ref)).toSatisfy(same(value))
        await artifacts.prefetch([ref])
      }
    }
  })

  test('a large array owns its memory', async () => {
    const artifacts = new ArtifactStore(makeStore(), 'F')
    const ref = await artifacts.save(encodeValue(LARGE_ARRAY, 'v'))
    for (const loaded of [artifacts.loadSync(ref), await artifacts.load(ref)] as Float64Array[]) {
      expect(loaded.byteOffset).toBe(0)
      expect(loaded.buffer.byteLength).toBe(LARGE_ARRAY.byteLength)
    }
  })

  test('a large value has the same name whether it was hashed before it was written or meanwhile', async () => {
    const large = new Float64Array(2_000_000).map((_x, i) => i / 7)
    const store = makeStore()
    const artifacts = new ArtifactStore(store, 'F')
    const hashedBefore = encodeValue(large, 'v')
    const { hash } = hashedBefore
    const unhashed = encodeValue(large, 'v')
    const refs = await Promise.all([unhashed, unhashed, hashedBefore].map((one) => artifacts.save(one)))
    expect(refs.map((ref) => ref.hash)).toEqual([hash, hash, hash])
    expect((await store.list('')).keys).toEqual([layout.dataKey('F', hash)])
    expect(await artifacts.load(refs[0] as ArtifactRef)).toSatisfy(same(large))
  })

  test('known blobs are not written again', async () => {
    const { store, calls } = counted(makeStore())
    const artifacts = new ArtifactStore(store, 'F')
    const refs = await Promise.all([1, 2, 3].map(() => artifacts.save(encodeValue(MIDDLE, 'v'))))
    expect(calls.putIfAbsent).toBe(1)
    await artifacts.save(encodeValue(MIDDLE, 'v'))
    expect(calls.putIfAbsent).toBe(1)
    expect(new Set(refs.map((ref) => ref.hash)).size).toBe(1)
    await new ArtifactStore(store, 'F').save(encodeValue(MIDDLE, 'v'))
    expect(calls.putIfAbsent).toBe(2)
  })

  test('a write that failed is tried again', async () => {
    const inner = makeStore()
    let failing = true
    const store: ObjectStore = {
      ...counted(inner).store,
      putIfAbsent: (key, body) => (failing ? Promise.reject(new Error('down')) : inner.putIfAbsent(key, body)),
    }
    const artifacts = new ArtifactStore(store, 'F')
    await expect(artifacts.save(encodeValue(MIDDLE, 'v'))).rejects.toThrow('down')
    failing = false
    const ref = await artifacts.save(encodeValue(MIDDLE, 'v'))
    expect(await artifacts.load(ref)).toEqual(MIDDLE)
  })

  test('prefetched blobs are read once, and not when they are there already', async () => {
    const { store, calls } = counted(makeStore())
    const artifacts = new ArtifactStore(store, 'F')
    const refs: ArtifactRef[] = []
    for (let i = 0; i < 40; i += 1) refs.push(await artifacts.save(encodeValue({ i, rows: MIDDLE.rows }, 'v')))
    refs.push(await artifacts.save(encodeValue(1, 'v')))
    await artifacts.prefetch([...refs, ...refs])
    expect(calls.get).toBe(40)
    await artifacts.prefetch(refs)
    expect(refs.map((ref) => artifacts.loadSync(ref)).at(39)).toEqual({ i: 39, rows: MIDDLE.rows })
    expect(calls).toMatchObject({ get: 40, getRange: 0, sync: 0 })
  })

  test('prefetch keeps within its bound', async () => {
    const { store, calls } = counted(makeStore())
    const artifacts = new ArtifactStore(store, 'F', { cacheBytes: 40_000 })
    const refs: ArtifactRef[] = []
    for (let i = 0; i < 10; i += 1) refs.push(await artifacts.save(encodeValue(new Uint8Array(8000).fill(i), 'v')))
    const tooLarge = await artifacts.save(encodeValue(new Uint8Array(20_000), 'v'))
    await artifacts.prefetch([...refs, tooLarge])
    expect(calls.get).toBe(10)
    for (const ref of refs) artifacts.loadSync(ref)
    artifacts.loadSync(tooLarge)
    expect(calls.sync).toBe(7)
  })

  test.each([
    ['readAhead', { sync: 0, getMany: 0 }],
    ['readAheadSync', { get: 0, getRange: 0, sync: 0, getMany: 1 }],
  ] as const)('%s: each load takes what was read', async (how, expected) => {
    const { store, calls } = counted(makeStore())
    const artifacts = new ArtifactStore(store, 'F')
    const values = [1, 2, 3].flatMap((i) => [new Float64Array(20_000).fill(i), { i, rows: MIDDLE.rows }])
    const refs: ArtifactRef[] = []
    for (const value of values) refs.push(await artifacts.save(encodeValue(value, 'v')))
    refs.push(await artifacts.save(encodeValue('inline', 'v')))
    await artifacts[how]([...refs, refs[0] as ArtifactRef])
    expect(refs.map((ref) => artifacts.loadSync(ref))).toEqual([...values, 'inline'])
    const again = artifacts.loadSync(refs[0] as ArtifactRef) as Float64Array
    expect(calls).toMatchObject(expected)
    expect(again.fill(0)).not.toEqual(artifacts.loadSync(refs[0] as ArtifactRef))
    expect(calls.sync).toBeGreaterThan(0)
  })

  test('what is read ahead keeps within its bound, and what cannot be read is reported by its load', async () => {
    const { store, calls } = counted(makeStore())
    const artifacts = new ArtifactStore(store, 'F', { aheadBytes: 40_000 })
    const refs: ArtifactRef[] = []
    for (let i = 0; i < 10; i += 1) refs.push(await artifacts.save(encodeValue(new Uint8Array(8000).fill(i), 'v')))
    await artifacts.readAhead(refs)
    for (const ref of refs) artifacts.loadSync(ref)
    expect(calls.sync).toBe(6)
    await store.delete(layout.dataKey('F', refs[0]?.hash as string))
    await artifacts.readAhead([refs[0] as ArtifactRef])
    artifacts.readAheadSync([refs[0] as ArtifactRef])
    expect(() => artifacts.loadSync(refs[0] as ArtifactRef)).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_MISSING' }),
    )
  })

  test('a blob that is gone', async () => {
    const store = makeStore()
    const artifacts = new ArtifactStore(store, 'F')
    for (const value of [MIDDLE, LARGE_ARRAY]) {
      const ref = await artifacts.save(encodeValue(value, 'v'))
      const key = layout.dataKey('F', ref.hash)
      await store.delete(key)
      const missing = { code: 'ARTIFACT_MISSING', message: expect.stringContaining(key) as string }
      await artifacts.prefetch([ref])
      await expect(artifacts.load(ref)).rejects.toMatchObject(missing)
      expect(() => artifacts.loadSync(ref)).toThrow(expect.objectContaining(missing))
      expect(() => artifacts.bytesSync(ref)).toThrow(expect.objectContaining(missing))
      await artifacts.save(encodeValue(value, 'v'))
      expect(await artifacts.load(ref)).toSatisfy(same(value))
    }
  })

  test('a blob that was changed or cut', async () => {
    const store = makeStore()
    const artifacts = new ArtifactStore(store, 'F')
    for (const value of [MIDDLE, LARGE_ARRAY]) {
      const ref = await artifacts.save(encodeValue(value, 'v'))
      const key = layout.dataKey('F', ref.hash)
      const bytes = (await store.get(key))?.bytes as Uint8Array
      bytes[bytes.length - 20] = (bytes.at(-20) as number) ^ 1
      for (const wrong of [bytes, bytes.subarray(0, -1)]) {
        await store.put(key, wrong)
        const corrupt = { code: 'ARTIFACT_CORRUPT', message: expect.stringContaining(key) as string }
        await artifacts.prefetch([ref])
        await expect(artifacts.load(ref)).rejects.toMatchObject(corrupt)
        expect(() => artifacts.loadSync(ref)).toThrow(expect.objectContaining(corrupt))
      }
    }
  })

  test('blobs above verifyUpTo are not hashed', async () => {
    const store = makeStore()
    const artifacts = new ArtifactStore(store, 'F', { verifyUpTo: 1000 })
    const ref = await artifacts.save(encodeValue(new Uint8Array(5000), 'v'))
    const key = layout.dataKey('F', ref.hash)
    const bytes = (await store.get(key))?.bytes as Uint8Array
    bytes[100] = 7
    await store.put(key, bytes)
    expect((artifacts.loadSync(ref) as Uint8Array)[92]).toBe(7)
  })
})

test('blobs of a store without reads that do not wait', async () => {
  const { sync: _, ...store } = counted(memoryStore()).store
  const artifacts = new ArtifactStore(store, 'F')
  const small = await artifacts.save(encodeValue(1, 'v'))
  const blob = await artifacts.save(encodeValue(new Uint8Array(5000), 'v'))
  expect(artifacts.loadSync(small)).toBe(1)
  expect(() => artifacts.loadSync(blob)).toThrow(expect.objectContaining({ code: 'DATASTORE_NO_SYNC_READS' }))
  await artifacts.prefetch([blob])
  expect(artifacts.loadSync(blob)).toEqual(new Uint8Array(5000))
})

test('the blob of a file store is one file of exactly the encoded bytes', async () => {
  const store = fileStore(temporaryFolder())
  const encoded = encodeValue(new Float64Array(1000), 'v')
  const ref = await new ArtifactStore(store, 'F').save(encoded)
  const file = new URL(`${store.url}/${layout.dataKey('F', ref.hash)}`)
  expect(Buffer.compare(fs.readFileSync(fileURLToPath(file)), Buffer.concat(encoded.chunks))).toBe(0)
})

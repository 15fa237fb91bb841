import { isFlowctlError, type ListOptions, type ObjectStore } from '@flowctl/core'
import { describe, expect, test } from 'vitest'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (body: Uint8Array | undefined): string | undefined => body && new TextDecoder().decode(body)

async function contentOf(store: ObjectStore, key: string): Promise<string | undefined> {
  return text((await store.get(key))?.bytes)
}

async function listAll(store: ObjectStore, prefix: string, options: ListOptions = {}) {
  const keys: string[] = []
  const prefixes: string[] = []
  const pages: number[] = []
  let cursor: string | undefined
  do {
    const page = await store.list(prefix, cursor === undefined ? options : { ...options, cursor })
    keys.push(...page.keys)
    prefixes.push(...page.prefixes)
    pages.push(page.keys.length + page.prefixes.length)
    cursor = page.cursor
  } while (cursor !== undefined)
  return { keys, prefixes, pages }
}

/**
 * What every adapter of the object store promises. `makeStore` gives a new, empty store. Adapters with `sync` are tested for it,
 * too.
 */
export function objectStoreConformance(name: string, makeStore: () => ObjectStore | Promise<ObjectStore>): void {
  describe(`${name} keeps the promises of an object store`, () => {
    describe('whole objects', () => {
      test('an object that was never written is not there', async () => {
        const store = await makeStore()
        expect(await store.get('a/b')).toBeUndefined()
        expect(await store.getRange('a/b', 0, 10)).toBeUndefined()
        expect(await store.list('')).toEqual({ keys: [], prefixes: [] })
      })

      test('what was put is what is got, and the newest put wins', async () => {
        const store = await makeStore()
        await store.put('a/b', bytes('one'))
        expect(await contentOf(store, 'a/b')).toBe('one')
        await store.put('a/b', bytes('two, longer'))
        expect(await contentOf(store, 'a/b')).toBe('two, longer')
        await store.put('a/b', bytes('3'))
        expect(await contentOf(store, 'a/b')).toBe('3')
      })

      test('an empty object is there', async () => {
        const store = await makeStore()
        await store.put('empty', new Uint8Array(0))
        expect((await store.get('empty'))?.bytes.length).toBe(0)
        await store.put('empty2', [])
        expect((await store.get('empty2'))?.bytes.length).toBe(0)
        expect((await store.list('')).keys).toEqual(['empty', 'empty2'])
      })

      test('part of a key is no object', async () => {
        const store = await makeStore()
        await store.put('a/b/c', bytes('x'))
        expect(await store.get('a/b')).toBeUndefined()
        expect(await store.getRange('a', 0, 1)).toBeUndefined()
        expect(await store.get('a/b/c/d')).toBeUndefined()
        await store.delete('a/b')
        expect(await contentOf(store, 'a/b/c')).toBe('x')
      })

      test('chunks are written one after the other', async () => {
        const store = await makeStore()
        const chunks = Array.from({ length: 2500 }, (_, i) => bytes(`${i},`))
        chunks.splice(1000, 0, new Uint8Array(0), new Uint8Array(0))
        const whole = chunks.map((chunk) => text(chunk)).join('')
        await store.put('chunks', chunks)
        expect(await contentOf(store, 'chunks')).toBe(whole)
        await store.putIfAbsent('chunks-once', chunks)
        expect(await contentOf(store, 'chunks-once')).toBe(whole)
      })

      test('a chunk that is a part of larger memory is written as that part', async () => {
        const store = await makeStore()
        const memory = bytes('0123456789')
        await store.put('part', [memory.subarray(2, 4), memory.subarray(7)])
        expect(await contentOf(store, 'part')).toBe('23789')
      })

      test('what is done to the bytes afterwards changes nothing', async () => {
        const store = await makeStore()
        const body = bytes('original')
        await store.put('k', body)
        body.fill(0)
        const first = await store.get('k')
        first?.bytes.fill(0)
        expect(await contentOf(store, 'k')).toBe('original')
      })

      test('big objects come back whole', async () => {
        const store = await makeStore()
        const chunk = new Uint8Array(3 * 2 ** 20 + 17).map((_, i) => (i * 31) % 251)
        const chunks = [chunk, chunk.subarray(5), chunk]
        await store.put('big', chunks)
        const found = (await store.get('big'))?.bytes as Uint8Array
        expect(Buffer.compare(found, Buffer.concat(chunks))).toBe(0)
        const range = (await store.getRange('big', chunk.length - 3, chunk.length * 2)) as Uint8Array
        expect(Buffer.compare(range, Buffer.concat(chunks).subarray(chunk.length - 3, chunk.length * 2))).toBe(0)
        expect(range.byteLength).toBe(range.buffer.byteLength)
      })

      test('delete removes, and does nothing when there is nothing', async () => {
        const store = await makeStore()
        await store.put('a/b', bytes('x'))
        await store.delete('a/b')
        expect(await store.get('a/b')).toBeUndefined()
        await store.delete('a/b')
        await store.delete('never/there')
        expect((await store.putIfAbsent('a/b', bytes('again'))).written).toBe(true)
      })
    })

    describe('ranges', () => {
      test.each([
        [0, 4, '0123'],
        [3, 7, '3456'],
        [8, 100, '89'],
        [0, 10, '0123456789'],
        [5, 5, ''],
        [7, 3, ''],
        [10, 20, ''],
        [50, 60, ''],
      ])('%i to %i', async (from, to, expected) => {
        const store = await makeStore()
        await store.put('digits', bytes('0123456789'))
        const range = await store.getRange('digits', from, to)
        expect(text(range)).toBe(expected)
        expect(range?.buffer.byteLength).toBe(expected.length)
      })
    })

    describe('conditions', () => {
      test('putIfAbsent writes once', async () => {
        const store = await makeStore()
        const first = await store.putIfAbsent('once', bytes('first'))
        expect(first.written).toBe(true)
        expect(await store.putIfAbsent('once', bytes('second'))).toEqual({ written: false })
        expect(await contentOf(store, 'once')).toBe('first')
      })

      test('of many putIfAbsent at once exactly one writes', async () => {
        const store = await makeStore()
        for (const key of ['race/small', 'race/other']) {
          const results = await Promise.all(
            Array.from({ length: 40 }, (_, i) => store.putIfAbsent(key, bytes(`writer ${i}`))),
          )
          const winners = results.flatMap((result, i) => (result.written ? [i] : []))
          expect(winners).toHaveLength(1)
          expect(await contentOf(store, key)).toBe(`writer ${winners[0]}`)
        }
      })

      test('of many large putIfAbsent at once exactly one writes', async () => {
        const store = await makeStore()
        const results = await Promise.all(
          Array.from({ length: 8 }, (_, i) => store.putIfAbsent('race/large', new Uint8Array(300_000).fill(i))),
        )
        const winners = results.flatMap((result, i) => (result.written ? [i] : []))
        expect(winners).toHaveLength(1)
        const found = (await store.get('race/large'))?.bytes as Uint8Array
        expect(found.length).toBe(300_000)
        expect(found.every((byte) => byte === winners[0])).toBe(true)
      })

      test('etags: got is what put said, and they differ when the bytes do', async () => {
        const store = await makeStore()
        const one = await store.put('tag', bytes('one'))
        expect((await store.get('tag'))?.etag).toBe(one.etag)
        const two = await store.put('tag', bytes('two'))
        expect(two.etag).not.toBe(one.etag)
        const big = await store.put('big-tag', new Uint8Array(3_000_000))
        expect((await store.get('big-tag'))?.etag).toBe(big.etag)
        const once = await store.putIfAbsent('once-tag', bytes('x'))
        expect(once).toEqual({ written: true, etag: (await store.get('once-tag'))?.etag })
      })

      test('putIfMatch writes only over what was seen', async () => {
        const store = await makeStore()
        expect(await store.putIfMatch('match', bytes('x'), 'anything')).toEqual({ written: false })
        expect(await store.get('match')).toBeUndefined()
        const { etag } = await store.put('match', bytes('one'))
        const second = await store.putIfMatch('match', bytes('two'), etag)
        expect(second.written).toBe(true)
        expect(await store.putIfMatch('match', bytes('three'), etag)).toEqual({ written: false })
        expect(await contentOf(store, 'match')).toBe('two')
        expect(second).toEqual({ written: true, etag: (await store.get('match'))?.etag })
      })

      test('counters changed by many with putIfMatch lose no step', async () => {
        const store = await makeStore()
        await store.put('counter', bytes('0'))
        const increment = async (): Promise<void> => {
          for (;;) {
            const current = await store.get('counter')
            const next = bytes(String(Number(text(current?.bytes)) + 1))
            if ((await store.putIfMatch('counter', next, current?.etag ?? '')).written) return
          }
        }
        await Promise.all(Array.from({ length: 25 }, increment))
        expect(await contentOf(store, 'counter')).toBe('25')
      })
    })

    describe('listings', () => {
      const KEYS = [
        'a',
        'a-b',
        'a.b/c',
        'a/b',
        'a/b.c',
        'a/c/d',
        'a/c/e/f',
        'a0',
        'a~',
        'aa/b',
        'b/c',
        'Z/z',
        'x/1',
        'x/10',
        'x/2',
      ]
      // A file system cannot have both `a` and `a/b`.
      const keys = KEYS.filter((key) => !KEYS.some((other) => other.startsWith(`${key}/`)))

      async function filled(): Promise<ObjectStore> {
        const store = await makeStore()
        for (const key of keys.toReversed()) await store.put(key, bytes(key))
        return store
      }

      test.each(['', 'a', 'a/', 'a/c', 'a/c/', 'x/1', 'nothing', 'b/c', 'a.', 'a/b', 'a/nothing/at/all'])(
        'all keys below the prefix %j, in order',
        async (prefix) => {
          const store = await filled()
          const expected = keys.filter((key) => key.startsWith(prefix)).sort()
          expect(await store.list(prefix)).toEqual({ keys: expected, prefixes: [] })
          for (const limit of [1, 2, 3, 5]) {
            const { keys: listed, pages } = await listAll(store, prefix, { limit })
            expect(listed).toEqual(expected)
            expect(pages.slice(0, -1).every((size) => size === limit)).toBe(true)
          }
        },
      )

      test.each(['', 'a', 'a/', 'a/c/', 'x/1', 'a.', 'nothing/'])('rolled up below %j', async (prefix) => {
        const store = await filled()
        const entries = keys
          .filter((key) => key.startsWith(prefix))
          .map((key) => {
            const slash = key.indexOf('/', prefix.length)
            return slash === -1 ? key : key.slice(0, slash + 1)
          })
        const expected = [...new Set(entries)].sort()
        const isFolder = (entry: string): boolean => entry.endsWith('/')
        for (const limit of [undefined, 1, 2, 3]) {
          const {
            keys: listed,
            prefixes,
            pages,
          } = await listAll(store, prefix, {
            delimiter: '/',
            ...(limit !== undefined && { limit }),
          })
          expect(listed).toEqual(expected.filter((entry) => !isFolder(entry)))
          expect(prefixes).toEqual(expected.filter(isFolder))
          expect(Math.max(...pages)).toBeLessThanOrEqual(limit ?? 1000)
        }
      })

      test('a page that ends with the last entry has no cursor', async () => {
        const store = await filled()
        const page = await store.list('x/', { limit: 3 })
        expect(page).toEqual({ keys: ['x/1', 'x/10', 'x/2'], prefixes: [] })
      })

      test('a thousand entries without a limit', async () => {
        const store = await makeStore()
        for (let i = 0; i < 1005; i += 1) await store.put(`many/${String(i).padStart(4, '0')}`, new Uint8Array(0))
        const first = await store.list('many/')
        expect(first.keys).toHaveLength(1000)
        const second = await store.list('many/', { cursor: first.cursor as string })
        expect(second.keys).toEqual(['many/1000', 'many/1001', 'many/1002', 'many/1003', 'many/1004'])
        expect(second.cursor).toBeUndefined()
      })

      test('what is deleted between two pages does not matter, and what was written shows', async () => {
        const store = await makeStore()
        for (const key of ['p/1', 'p/2', 'p/3', 'p/4', 'p/6']) await store.put(key, bytes(key))
        const { cursor } = await store.list('p/', { limit: 2 })
        await store.delete('p/2')
        await store.delete('p/3')
        await store.put('p/5', bytes('5'))
        const page = await store.list('p/', { limit: 2, cursor: cursor as string })
        expect(page.keys).toEqual(['p/4', 'p/5'])
      })

      test('a folder whose objects are all deleted is not listed', async () => {
        const store = await makeStore()
        await store.put('gone/a/b', bytes('x'))
        await store.put('kept/a', bytes('x'))
        await store.delete('gone/a/b')
        expect(await store.list('', { delimiter: '/' })).toEqual({ keys: [], prefixes: ['kept/'] })
        expect(await store.list('gone/', { delimiter: '/' })).toEqual({ keys: [], prefixes: [] })
      })

      test('a listing while others write shows all that was there before, once, and nothing half made', async () => {
        const store = await makeStore()
        const before = Array.from({ length: 200 }, (_, i) => `busy/${String(i).padStart(4, '0')}`)
        for (const key of before) await store.put(key, bytes('x'))
        let writing = true
        const writer = async (): Promise<void> => {
          for (let i = 0; writing; i += 1) {
            await store.put(`busy/${String(i % 300).padStart(4, '0')}`, bytes('again'))
            await store.putIfAbsent(`busy/new-${i}`, bytes('new'))
            await new Promise((resolve) => setImmediate(resolve))
          }
        }
        const writers = [writer(), writer()]
        for (let round = 0; round < 10; round += 1) {
          const { keys: listed } = await listAll(store, 'busy/', { limit: 50 })
          expect(listed.filter((key) => before.includes(key))).toEqual(before)
          expect(new Set(listed).size).toBe(listed.length)
          expect(listed.every((key) => /^busy\/(\d{4}|new-\d+)$/.test(key))).toBe(true)
        }
        writing = false
        await Promise.all(writers)
      })
    })

    describe('keys', () => {
      const BAD = [
        '',
        '/',
        'a/',
        '/a',
        'a//b',
        '.',
        '..',
        'a/../b',
        './a',
        'a/.',
        'ä',
        'a b',
        'a\\b',
        'a:b',
        'a#b',
        'a\0',
        'x'.repeat(1025),
      ]

      test.each(BAD)('%j is refused by all', async (key) => {
        const store = await makeStore()
        const calls = [
          () => store.get(key),
          () => store.getRange(key, 0, 1),
          () => store.put(key, bytes('x')),
          () => store.putIfAbsent(key, bytes('x')),
          () => store.putIfMatch(key, bytes('x'), 'e'),
          () => store.delete(key),
        ]
        for (const call of calls) {
          const error: unknown = await call().then(
            () => undefined,
            (reason: unknown) => reason,
          )
          expect(isFlowctlError(error) && error.code).toBe('DATASTORE_KEY_INVALID')
        }
      })

      test.each(['/', '//', 'a//', '../', 'a/../', 'ä', 'a b/'])('the prefix %j is refused', async (prefix) => {
        const store = await makeStore()
        await expect(store.list(prefix)).rejects.toMatchObject({ code: 'DATASTORE_KEY_INVALID' })
      })

      test('the longest names can be written in every way', async () => {
        const store = await makeStore()
        const key = `a/${'x'.repeat(255)}`
        const { etag } = await store.put(key, bytes('1'))
        expect((await store.putIfAbsent(key, bytes('2'))).written).toBe(false)
        expect((await store.putIfMatch(key, bytes('3'), etag)).written).toBe(true)
        expect((await store.list('')).keys).toEqual([key])
      })

      test('all characters of keys are allowed, and names with dots', async () => {
        const store = await makeStore()
        for (const key of ['Az09._~-/x', 'a/...', 'a/.hidden', 'a/..b']) {
          await store.put(key, bytes(key))
          expect(await contentOf(store, key)).toBe(key)
        }
        expect((await store.list('a/.')).keys).toEqual(['a/...', 'a/..b', 'a/.hidden'])
      })
    })

    test('reads that do not wait see the same', async (context) => {
      const store = await makeStore()
      if (store.sync === undefined) return context.skip()
      expect(store.sync.get('s/a')).toBeUndefined()
      expect(store.sync.getRange('s/a', 0, 1)).toBeUndefined()
      await store.put('s/a', [bytes('0123'), bytes('456789')])
      expect(text(store.sync.get('s/a'))).toBe('0123456789')
      expect(text(store.sync.getRange('s/a', 3, 6))).toBe('345')
      expect(text(store.sync.getRange('s/a', 8, 60))).toBe('89')
      expect(store.sync.getRange('s/a', 3, 6)?.buffer.byteLength).toBe(3)
      const big = new Uint8Array(2_000_000).map((_, i) => i % 253)
      await store.put('s/big', big)
      expect(Buffer.compare(store.sync.get('s/big') as Uint8Array, big)).toBe(0)
      expect(() => store.sync?.get('../x')).toThrow(expect.objectContaining({ code: 'DATASTORE_KEY_INVALID' }))
    })

    test('reads of many that do not wait see the same', async (context) => {
      const store = await makeStore()
      if (store.sync?.getMany === undefined) return context.skip()
      expect(store.sync.getMany([])).toEqual([])
      const keys = Array.from({ length: 70 }, (_, i) => `s/${i}`)
      await Promise.all(keys.map((key) => store.put(key, bytes(key))))
      const found = store.sync.getMany([...keys.toReversed(), 's/none', 's/3', 's/3'])
      expect(found.map(text)).toEqual([...keys.toReversed(), undefined, 's/3', 's/3'])
      expect(found[0]?.buffer.byteLength).toBe(4)
      expect(() => store.sync?.getMany?.(['s/1', '../x'])).toThrow(
        expect.objectContaining({ code: 'DATASTORE_KEY_INVALID' }),
      )
    })
  })
}

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import mutableFs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fileStore, findDatastore, openStore } from '@flowctl/datastore'
import { describe, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../temporary-folder.ts'

const filesBelow = (root: string): string[] => fs.readdirSync(root, { recursive: true }) as string[]
const body = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('the folder of a file store', () => {
  test('is made by the first write, not before', async () => {
    const root = join(temporaryFolder(), 'new', 'store')
    const store = fileStore(root)
    await store.list('')
    await store.get('a')
    await store.putIfMatch('a', body('x'), 'e')
    await store.delete('a')
    expect(fs.existsSync(root)).toBe(false)
    await store.put('Flow/runs/1/run.json', body('{}'))
    expect(filesBelow(root).toSorted()).toEqual([
      'Flow',
      join('Flow', 'runs'),
      join('Flow', 'runs', '1'),
      join('Flow', 'runs', '1', 'run.json'),
    ])
  })

  test('is made ahead for an object that is to be written; nothing is listed yet, and what is wrong the write says', async () => {
    const root = temporaryFolder()
    const store = fileStore(root)
    store.prepare?.('a/b/c')
    await vi.waitFor(() => expect(filesBelow(root).toSorted()).toEqual(['a', join('a', 'b')]))
    expect((await store.list('')).keys).toEqual([])
    await store.put('a/b/c', body('1'))
    store.prepare?.('a/b/c')
    store.prepare?.('a/b/c/d')
    await expect(store.put('a/b/c/d', body('1'))).rejects.toThrow(/a.b.c/)
  })

  test('holds nothing but objects after writes of all kinds', async () => {
    const root = temporaryFolder()
    const store = fileStore(root)
    const large = new Uint8Array(500_000)
    await store.put('a', body('1'))
    await store.put('a', large)
    await store.putIfAbsent('a', large)
    await store.putIfAbsent('b', large)
    const { etag } = await store.put('c', body('1'))
    await store.putIfMatch('c', body('2'), etag)
    await store.putIfMatch('c', body('3'), etag)
    expect(filesBelow(root).toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('takes an object under the hash of its bytes, made while they are written; an equal one stays', async () => {
    const root = temporaryFolder()
    const chunks = [body('header '), new Uint8Array(100_000_000).fill(7), body('')]
    const sum = createHash('sha256')
    for (const chunk of chunks) sum.update(chunk)
    const hash = sum.digest('hex')
    for (const fsync of [false, true]) {
      const store = fileStore(root, { fsync })
      expect(await store.putHashed?.(chunks, (found) => `data/${found.slice(0, 2)}/${found}`)).toBe(hash)
    }
    const key = `data/${hash.slice(0, 2)}/${hash}`
    expect((await fileStore(root).list('')).keys).toEqual([key])
    expect(fs.statSync(join(root, key)).size).toBe(100_000_007)
    expect(filesBelow(root).filter((name) => name.includes('#'))).toEqual([])
    fs.writeFileSync(join(root, 'file'), 'x')
    await expect(fileStore(root).putHashed?.(chunks, (found) => `file/${found}`)).rejects.toThrow(/file/)
    expect(filesBelow(root).filter((name) => name.includes('#'))).toEqual([])
  })

  test('takes objects of megabytes from a thread that nobody else waits for', async () => {
    const root = temporaryFolder()
    const store = fileStore(root, { alone: () => true })
    const large = new Uint8Array(1_000_000).fill(3)
    expect(await store.putIfAbsent('a/b', [body('1'), large])).toMatchObject({ written: true })
    expect(await store.putIfAbsent('a/b', large)).toEqual({ written: false })
    expect((await store.get('a/b'))?.bytes.length).toBe(1_000_001)
    expect(filesBelow(root).toSorted()).toEqual(['a', join('a', 'b')])
  })

  test('may hold other files, which are no objects', async () => {
    const root = temporaryFolder()
    const store = fileStore(root)
    await store.put('a/b', body('x'))
    for (const name of ['#temporary', 'with space', 'a/#lock-b', 'ümlaut']) fs.writeFileSync(join(root, name), 'x')
    expect((await store.list('')).keys).toEqual(['a/b'])
    expect(await store.list('', { delimiter: '/' })).toEqual({ keys: [], prefixes: ['a/'] })
  })

  test('may hold links to folders elsewhere', async () => {
    const root = temporaryFolder()
    const elsewhere = temporaryFolder()
    fs.symlinkSync(elsewhere, join(root, 'Flow'))
    const store = fileStore(root)
    await store.putIfAbsent('Flow/a', body('x'))
    await store.put('Flow/b', body('y'))
    expect(filesBelow(elsewhere).toSorted()).toEqual(['a', 'b'])
    expect((await store.list('')).keys).toEqual(['Flow/a', 'Flow/b'])
  })

  test('is named by its URL', () => {
    const root = temporaryFolder()
    expect(fileStore(root).url).toBe(pathToFileURL(root).href)
  })

  test('with fsync holds the same', async () => {
    const root = join(temporaryFolder(), 'a', 'b')
    const store = fileStore(root, { fsync: true })
    await store.put('x/y/z', [body('1'), body('2')])
    expect((await store.putIfAbsent('x/y/z', body('3'))).written).toBe(false)
    expect((await store.putIfAbsent('x/y/w', body('4'))).written).toBe(true)
    expect(filesBelow(join(root, 'x', 'y')).toSorted()).toEqual(['w', 'z'])
    expect(fs.readFileSync(join(root, 'x', 'y', 'z'), 'utf8')).toBe('12')
  })
})

describe('what goes wrong', () => {
  test('a file where the folder should be', async () => {
    const file = join(temporaryFolder(), 'file')
    fs.writeFileSync(file, '')
    const store = fileStore(file)
    await expect(store.put('a', body('x'))).rejects.toMatchObject({ code: 'DATASTORE_NOT_A_FOLDER' })
    await expect(fileStore(join(file, 'below')).putIfAbsent('a', body('x'))).rejects.toMatchObject({
      code: 'DATASTORE_NOT_A_FOLDER',
      message: expect.stringContaining(join(file, 'below')) as string,
    })
  })

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written', async () => {
    const root = temporaryFolder()
    fs.chmodSync(root, 0o555)
    const error = { code: 'DATASTORE_NOT_WRITABLE', fix: expect.stringContaining('right to write') as string }
    await expect(fileStore(root).put('a', body('x'))).rejects.toMatchObject(error)
    await expect(fileStore(root).put('a/b', body('x'))).rejects.toMatchObject(error)
    fs.chmodSync(root, 0o755)
  })

  test.skipIf(!fs.existsSync('/sys/kernel'))('a place where nobody may write', async () => {
    await expect(fileStore('/sys/kernel/flowctl').put('a/b', body('x'))).rejects.toMatchObject({
      code: 'DATASTORE_NOT_WRITABLE',
      message: expect.stringMatching(/\/sys\/kernel\/flowctl.* \((EPERM|EACCES|EROFS)\)/) as string,
    })
  })

  test.skipIf(!fs.existsSync('/dev/full'))('a full disk leaves no temporary file', async () => {
    const root = temporaryFolder()
    const original = fs.writevSync
    const full = fs.openSync('/dev/full', 'w')
    // The write is real and fails as on a full disk; only its file is another one.
    mutableFs.writevSync = ((_fd: number, chunks: NodeJS.ArrayBufferView[]) =>
      original(full, chunks)) as typeof original
    syncBuiltinESMExports()
    try {
      await expect(fileStore(root).put('a', body('x'))).rejects.toMatchObject({ code: 'DATASTORE_FULL' })
    } finally {
      mutableFs.writevSync = original
      syncBuiltinESMExports()
      fs.closeSync(full)
    }
    expect(filesBelow(root)).toEqual([])
  })

  test('a folder in the place of an object, when it is written', async () => {
    const store = fileStore(temporaryFolder())
    await store.put('a/b', body('x'))
    await expect(store.put('a', body('x'))).rejects.toMatchObject({
      code: expect.stringMatching(/^DATASTORE_/) as string,
    })
    expect((await store.list('')).keys).toEqual(['a/b'])
  })
})

test('a wide folder is listed page by page', async () => {
  const root = temporaryFolder()
  fs.mkdirSync(join(root, 'wide'))
  const names = Array.from({ length: 20_000 }, (_, i) => String(i).padStart(6, '0'))
  for (const name of names) fs.writeFileSync(join(root, 'wide', name), '')
  await new Promise((resolve) => setTimeout(resolve, 100))
  const store = fileStore(root)
  let page = await store.list('wide/')
  const listed = [...page.keys]
  while (page.cursor !== undefined) {
    page = await store.list('wide/', { cursor: page.cursor })
    listed.push(...page.keys)
  }
  expect(listed).toEqual(names.map((name) => `wide/${name}`))
  // What is written later shows at once.
  await store.put('wide/000000a', body('x'))
  expect((await store.list('wide/', { limit: 2 })).keys).toEqual(['wide/000000', 'wide/000000a'])
})

describe('openStore', () => {
  test('opens folders, file URLs and memory', async () => {
    const root = temporaryFolder()
    expect((await openStore(root)).url).toBe(pathToFileURL(root).href)
    expect((await openStore(pathToFileURL(root).href)).url).toBe(pathToFileURL(root).href)
    expect((await openStore('memory:')).url).toBe('memory:')
    expect((await openStore('some/folder')).url).toBe(pathToFileURL('some/folder').href)
  })

  test.each([
    ['s3://', 'DATASTORE_S3_URL_INVALID'],
    ['s3://bucket//prefix', 'DATASTORE_S3_URL_INVALID'],
    ['gs://bucket', 'DATASTORE_URL_UNKNOWN'],
    ['file://host/%2F', 'DATASTORE_URL_UNKNOWN'],
    ['', 'DATASTORE_URL_UNKNOWN'],
  ])('%j is %s', async (url, code) => {
    await expect(openStore(url)).rejects.toMatchObject({ code })
  })
})

test('findDatastore finds the nearest .flowctl folder upwards', () => {
  const root = temporaryFolder()
  const deep = join(root, 'a', 'b', 'c')
  fs.mkdirSync(deep, { recursive: true })
  expect(findDatastore(deep)).toBeUndefined()
  fs.mkdirSync(join(root, '.flowctl'))
  expect(findDatastore(deep)).toBe(join(root, '.flowctl'))
  fs.mkdirSync(join(root, 'a', '.flowctl'))
  expect(findDatastore(deep)).toBe(join(root, 'a', '.flowctl'))
  fs.writeFileSync(join(deep, '.flowctl'), 'a file')
  expect(findDatastore(deep)).toBe(join(root, 'a', '.flowctl'))
})

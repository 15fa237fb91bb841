import { execFile, spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fileStore } from '@flowctl/datastore'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'

const SCRIPT = fileURLToPath(new URL('race-writer.ts', import.meta.url))
const ARGUMENTS = ['--import', 'tsx', '--conditions=@flowctl/source', SCRIPT]
const STARTUP_MS = 2500

async function race(root: string, part: 'absent' | 'match', processes: number): Promise<string[][]> {
  const start = String(Date.now() + STARTUP_MS)
  const runs = Array.from({ length: processes }, (_, i) =>
    promisify(execFile)(process.execPath, [...ARGUMENTS, root, part, start, String(i)]),
  )
  return (await Promise.all(runs)).map(({ stdout }) => (stdout === '' ? [] : stdout.split(',')))
}

const filesBelow = (root: string): string[] => readdirSync(root, { recursive: true }) as string[]

test('of many processes exactly one writes each object, and the object is its own, whole', async () => {
  const root = temporaryFolder()
  const won = await race(root, 'absent', 5)
  expect(won.flat().toSorted()).toEqual(Array.from({ length: 200 }, (_, i) => String(i)).toSorted())
  const store = fileStore(root)
  for (const [who, keys] of won.entries()) {
    for (const key of keys) {
      const body = new TextDecoder().decode((await store.get(`race/${key}`))?.bytes)
      expect(body).toBe(`${who} `.repeat(Number(key) % 2 === 0 ? 1 : 40_000))
    }
  }
  expect(filesBelow(root).filter((file) => file.includes('#'))).toEqual([])
})

test('a counter that many processes change with putIfMatch loses no step', async () => {
  const root = temporaryFolder()
  await fileStore(root).put('counter', new TextEncoder().encode('0'))
  await race(root, 'match', 5)
  const found = await fileStore(root).get('counter')
  expect(new TextDecoder().decode(found?.bytes)).toBe('300')
  expect(filesBelow(root)).toEqual(['counter'])
})

test('the lock of a process that died is removed, by one of those that wait', async () => {
  const root = temporaryFolder()
  const store = fileStore(root)
  const { etag } = await store.put('a/tags', new Uint8Array(1))
  const dead = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => dead.on('exit', resolve))
  writeFileSync(join(root, 'a', '#lock-tags'), `nonce ${dead.pid} ${hostname()}`)
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, i) => store.putIfMatch('a/tags', new Uint8Array(i + 2), etag)),
  )
  expect(results.filter((result) => result.written)).toHaveLength(1)
  expect(readdirSync(join(root, 'a'))).toEqual(['tags'])
})

test('the lock of a process that lives is waited for', async () => {
  const root = temporaryFolder()
  const store = fileStore(root)
  const { etag } = await store.put('tags', new Uint8Array(1))
  const lock = join(root, '#lock-tags')
  const holder = spawn(process.execPath, [
    '-e',
    "setTimeout(() => require('fs').unlinkSync(process.argv[1]), 400)",
    lock,
  ])
  writeFileSync(lock, `nonce ${holder.pid} ${hostname()}`)
  const before = performance.now()
  expect((await store.putIfMatch('tags', new Uint8Array(2), etag)).written).toBe(true)
  expect(performance.now() - before).toBeGreaterThan(300)
})

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readUpFile, removeUpFile, writeUpFile, type UpRecord } from '../../src/up/up-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowctl-up-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const record = (pid = process.pid): UpRecord => ({
  redisUrl: 'redis://:secret@127.0.0.1:1',
  redisNamespace: 'flowctl',
  shards: 1,
  datastore: '/data',
  pid,
  pids: { worker: 3 },
  startedAt: 5,
})

test('is read as it was written, by nobody else', () => {
  writeUpFile(join(folder, 'new'), record())
  expect(readUpFile(join(folder, 'new'))).toEqual(record())
  expect(readdirSync(join(folder, 'new'))).toEqual(['up.json'])
  expect(statSync(join(folder, 'new/up.json')).mode & 0o777).toBe(0o600)
})

test('of a process that is gone, it is not there', () => {
  writeUpFile(folder, record(12_345))
  expect(readUpFile(folder, (pid) => pid !== 12_345)).toBeUndefined()
  expect(readUpFile(folder, () => true)?.pid).toBe(12_345)
})

test('no file, and one that is damaged', () => {
  expect(readUpFile(folder)).toBeUndefined()
  for (const text of ['', '{', '{}', 'null', '[]']) {
    writeFileSync(join(folder, 'up.json'), text)
    expect(readUpFile(folder)).toBeUndefined()
  }
})

test('a process removes only its own', () => {
  writeUpFile(folder, record(7))
  removeUpFile(folder, 8)
  expect(readdirSync(folder)).toEqual(['up.json'])
  removeUpFile(folder, 7)
  expect(readdirSync(folder)).toEqual([])
  removeUpFile(folder, 7)
})

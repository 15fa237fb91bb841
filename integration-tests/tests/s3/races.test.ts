import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { s3Server, type S3Server } from '@flowctl/test-support/servers/s3'
import { bytes, openOn, textOf } from './open.ts'

const found = await s3Server()
const server = found as S3Server
const SCRIPT = fileURLToPath(new URL('race-writer.ts', import.meta.url))
const STARTUP_MS = 3000

async function race(url: string, part: 'absent' | 'match', processes: number): Promise<string[][]> {
  const start = String(Date.now() + STARTUP_MS)
  const runs = Array.from({ length: processes }, (_, i) =>
    promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--conditions=@flowctl/source', SCRIPT, url, part, start, String(i)],
      { env: { ...process.env, ...server.env } },
    ),
  )
  return (await Promise.all(runs)).map(({ stdout }) => (stdout === '' ? [] : stdout.split(',')))
}

describe.skipIf(found === undefined)('several processes', () => {
  test('of many exactly one writes each object, and the object is its own', async () => {
    const url = server.newUrl()
    const won = await race(url, 'absent', 4)
    expect(won.flat().toSorted()).toEqual(Array.from({ length: 60 }, (_, i) => String(i)).toSorted())
    const store = await openOn(server, url)
    for (const [who, keys] of won.entries()) {
      for (const key of keys) {
        expect(textOf((await store.get(`race/${key}`))?.bytes)).toBe(`${who} `.repeat(100))
      }
    }
  })

  test('a counter that many change with putIfMatch loses no step', async () => {
    const url = server.newUrl()
    const store = await openOn(server, url)
    await store.put('counter', bytes('0'))
    await race(url, 'match', 4)
    expect(textOf((await store.get('counter'))?.bytes)).toBe('80')
  })
})

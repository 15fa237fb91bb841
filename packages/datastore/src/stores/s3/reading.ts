import { inParallel } from '@flowctl/basics'
import type { StoredObject } from '@flowctl/core'
import { allocate, readInto } from './bodies.ts'
import type { Connection } from './connection.ts'
import { explained, persist } from './requests.ts'
import { PARALLEL_PARTS, PART } from './limits.ts'
import type { Got, Head } from './objects/object-requests.ts'
import { isConditionRefused, isNoObject, statusOf } from './s3-errors.ts'

/** How often a read starts again because the object was written while its parts were read. */
const MOST_STARTS = 10

/** Another version of the object stands there now: asking again for a part of the old one is of no use. */
class ChangedMeanwhile extends Error {}

interface Started {
  /** As long as all that was asked for. */
  readonly bytes: Uint8Array
  /** How much of it the first request filled. */
  readonly done: number
  readonly etag: string
}

/**
 * Bytes `from` to `to` of an object in an ArrayBuffer of their own; `undefined` when there is none. The first part is read alone and
 * tells the size; what is beyond it is read in parallel, from the same version of the object.
 */
export function readObject(
  connection: Connection,
  key: string,
  from = 0,
  to = Infinity,
): Promise<StoredObject | undefined> {
  return explained(connection, key, async () => {
    if (to <= from) return readNothing(connection, key)
    for (let start = 1; ; start += 1) {
      const started = await persist(connection, () => readStart(connection, key, from, to))
      if (started === undefined) return undefined
      try {
        await readRest(connection, key, from, started)
        return { bytes: started.bytes, etag: started.etag }
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile) || start === MOST_STARTS) throw error
      }
    }
  })
}

async function readStart(connection: Connection, key: string, from: number, to: number): Promise<Started | undefined> {
  let got: Got
  try {
    got = await connection.objects.get(key, `bytes=${from}-${Math.min(to, from + PART) - 1}`)
  } catch (error) {
    if (isNoObject(error)) return undefined
    // The object ends before `from`.
    if (statusOf(error) !== 416) throw error
    const nothing = await readNothing(connection, key)
    return nothing && { ...nothing, done: 0 }
  }
  const ranged = /^bytes \d+-\d+\/(\d+)$/.exec(got.contentRange ?? '')
  const total = ranged === null ? got.contentLength : Number(ranged[1])
  const bytes = allocate(Math.max(0, Math.min(to, total) - from))
  // A server that knows no ranges sends everything.
  const done = ranged === null ? bytes.byteLength : Math.min(PART, bytes.byteLength)
  await readInto(got.body, bytes.subarray(0, done), ranged === null ? from : 0)
  return { bytes, done, etag: got.etag }
}

async function readRest(connection: Connection, key: string, from: number, started: Started): Promise<void> {
  const { bytes, done, etag } = started
  const starts: number[] = []
  for (let at = done; at < bytes.byteLength; at += PART) starts.push(at)
  await inParallel(starts, PARALLEL_PARTS, async (at) => {
    const part = bytes.subarray(at, Math.min(at + PART, bytes.byteLength))
    const range = `bytes=${from + at}-${from + at + part.byteLength - 1}`
    await persist(connection, () => readPart(connection, key, range, etag, part))
  })
}

async function readPart(
  connection: Connection,
  key: string,
  range: string,
  etag: string,
  part: Uint8Array,
): Promise<void> {
  let got: Got
  try {
    got = await connection.objects.get(key, range, etag)
  } catch (error) {
    if (isConditionRefused(error) || isNoObject(error)) throw new ChangedMeanwhile('it changed while it was read')
    throw error
  }
  await readInto(got.body, part)
}

/** Nothing of an object, if it is there. */
async function readNothing(connection: Connection, key: string): Promise<StoredObject | undefined> {
  const head = await headOf(connection, key)
  return head && { bytes: new Uint8Array(0), etag: head.etag }
}

/** What is known of an object beside its bytes. */
export async function headOf(connection: Connection, key: string): Promise<Head | undefined> {
  return persist(connection, async () => {
    try {
      return await connection.objects.head(key)
    } catch (error) {
      if (isNoObject(error)) return undefined
      throw error
    }
  })
}

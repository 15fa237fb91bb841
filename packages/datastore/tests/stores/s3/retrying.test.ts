import { flowError } from '@flowctl/core'
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../../src/stores/s3/limits.ts'
import { retrying } from '../../../src/stores/s3/retrying.ts'
import { isWorthAnotherTry } from '../../../src/stores/s3/s3-errors.ts'

const QUICK = { ...DEFAULT_LIMITS, firstPauseMs: 1, longestPauseMs: 2 }

function failing(times: number): { work: () => Promise<number>; tries: () => number } {
  let tries = 0
  const work = async (): Promise<number> => {
    tries += 1
    if (tries <= times) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    return tries
  }
  return { work, tries: () => tries }
}

test('work is tried until it succeeds, as often as is allowed', async () => {
  expect(await retrying(QUICK, Math.random, isWorthAnotherTry, failing(7).work)).toBe(8)
  const doomed = failing(8)
  await expect(retrying(QUICK, Math.random, isWorthAnotherTry, doomed.work)).rejects.toThrow('reset')
  expect(doomed.tries()).toBe(8)
})

test('pauses double up to the longest, less a random half', async () => {
  const limits = { ...DEFAULT_LIMITS, tries: 5, firstPauseMs: 20, longestPauseMs: 80 }
  const before = performance.now()
  await expect(retrying(limits, () => 0, isWorthAnotherTry, failing(9).work)).rejects.toThrow('reset')
  const took = performance.now() - before
  // 10 + 20 + 40 + 40
  expect(took).toBeGreaterThan(100)
  expect(took).toBeLessThan(10_000)
})

test('no try is made after the time to give up', async () => {
  const doomed = failing(100)
  const limits = { ...DEFAULT_LIMITS, tries: 100, firstPauseMs: 30, longestPauseMs: 30, giveUpMs: 50 }
  await expect(retrying(limits, () => 1, isWorthAnotherTry, doomed.work)).rejects.toThrow('reset')
  expect(doomed.tries()).toBeLessThan(5)
})

test.each<[boolean, unknown]>([
  [true, Object.assign(new Error('x'), { code: 'ECONNREFUSED' })],
  [true, { name: 'TimeoutError' }],
  [true, { name: 'SlowDown', $metadata: { httpStatusCode: 503 } }],
  [true, { name: 'Unknown', $metadata: { httpStatusCode: 429 } }],
  [true, { name: 'ConditionalRequestConflict', $metadata: { httpStatusCode: 409 } }],
  // Of the end of a write in parts: the answer began before the server knew.
  [true, { name: 'InternalError', $metadata: { httpStatusCode: 200 } }],
  [true, { name: 'RequestTimeout', $metadata: { httpStatusCode: 400 } }],
  [false, { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } }],
  [false, { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }],
  [false, { name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } }],
  [false, { name: 'AbortError', message: 'Request aborted' }],
  [false, new TypeError('a mistake in this program')],
  [false, flowError('DATASTORE_S3_NOT_S3', { place: 'x' })],
])('worth another try: %s for %o', (expected, error) => {
  expect(isWorthAnotherTry(error)).toBe(expected)
})

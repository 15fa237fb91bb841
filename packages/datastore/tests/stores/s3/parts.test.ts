import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_PARTS, PART } from '../../../src/stores/s3/limits.ts'
import { partsOf, partSizeFor, wholeOf } from '../../../src/stores/s3/parts.ts'

test('parts are the body, cut at multiples of the size, whatever the chunks', () => {
  const chunk = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 8 }), fc.integer({ min: 1, max: 30 }), (chunks, size) => {
      const whole = Buffer.concat(chunks)
      const parts = [...partsOf(chunks, size)]
      expect(Buffer.concat(parts.map(({ views }) => wholeOf(views)))).toEqual(whole)
      expect(parts.map(({ number }) => number)).toEqual(parts.map((_, i) => i + 1))
      expect(parts).toHaveLength(Math.ceil(whole.length / size))
      for (const { views } of parts.slice(0, -1)) expect(wholeOf(views)).toHaveLength(size)
    }),
  )
})

test('a part within one chunk is not copied', () => {
  const chunk = new Uint8Array(100)
  for (const { views } of partsOf([chunk], 30)) expect(wholeOf(views).buffer).toBe(chunk.buffer)
})

test('nothing has no parts, and is one empty array', () => {
  expect([...partsOf([new Uint8Array(0)], 10)]).toEqual([])
  expect(wholeOf([])).toEqual(new Uint8Array(0))
})

test('parts grow where there would be too many', () => {
  expect(partSizeFor(1)).toBe(PART)
  expect(partSizeFor(PART * MOST_PARTS)).toBe(PART)
  const size = PART * MOST_PARTS + 1
  expect(partSizeFor(size)).toBeGreaterThan(PART)
  expect(Math.ceil(size / partSizeFor(size))).toBeLessThanOrEqual(MOST_PARTS)
})

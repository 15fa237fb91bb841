import { decodeLogLines, encodeLogLines, type LogLine } from '@flowctl/datastore'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const line: fc.Arbitrary<LogLine> = fc.record({
  at: fc.nat({ max: 2 ** 45 }),
  stream: fc.constantFrom('stdout' as const, 'stderr' as const),
  text: fc.string({ unit: 'binary' }),
})

test('lines are JSON lines and come back as they were', () => {
  expect(new TextDecoder().decode(encodeLogLines([{ at: 5, stream: 'stderr', text: 'a\n"b"' }]))).toBe(
    '[5,1,"a\\n\\"b\\""]\n',
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      expect(decodeLogLines(encodeLogLines(lines))).toEqual(lines)
    }),
  )
})

test('each line takes one line, so the lines of two logs can stand one after the other', () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(line), (first, second) => {
      const both = Buffer.concat([encodeLogLines(first), encodeLogLines(second)])
      expect(both.toString().split('\n')).toHaveLength(first.length + second.length + 1)
      expect(decodeLogLines(both)).toEqual([...first, ...second])
    }),
  )
})

test('what is no log', () => {
  expect(() => decodeLogLines(new TextEncoder().encode('[1,0,"a"]\n{broken'), 'F/runs/1/logs/x')).toThrow(
    expect.objectContaining({ code: 'RECORD_CORRUPT', message: expect.stringContaining('F/runs/1/logs/x') as string }),
  )
})

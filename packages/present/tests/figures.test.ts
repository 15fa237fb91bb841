import { expect, test } from 'vitest'
import { bytes, clock, counted, dateTime, duration, grouped, timestamp } from '../src/index.ts'

test('times are local, with milliseconds where wanted', () => {
  const at = new Date(2026, 10, 23, 8, 2, 5, 7).getTime()
  expect(timestamp(at)).toBe('2026-11-23 08:02:05.007')
  expect(dateTime(at)).toBe('2026-11-23 08:02:05')
  expect(clock(at)).toBe('08:02:05.007')
})

test.each([
  [-5, '0 ms'],
  [0, '0 ms'],
  [45.4, '45 ms'],
  [994, '994 ms'],
  [996, '1.0 s'],
  [1_250, '1.3 s'],
  [9_949, '9.9 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [192_000, '3 min 12 s'],
  [3_599_600, '1 h'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [97 * 3_600_000, '4 d 1 h'],
])('a duration of %d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('numbers are grouped and counted', () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567'])
  expect([0, 1, 2].map((n) => counted(n, 'task'))).toEqual(['0 tasks', '1 task', '2 tasks'])
  expect(counted(2, 'more step', 'more steps')).toBe('2 more steps')
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [150 * 1024, '150 KiB'],
  [3.45 * 1024 * 1024, '3.5 MiB'],
  [2 ** 40, '1.0 TiB'],
  [2 ** 55, '32768 TiB'],
])('%d bytes are %s', (n, text) => {
  expect(bytes(n)).toBe(text)
})

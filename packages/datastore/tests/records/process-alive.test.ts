import { expect, test } from 'vitest'
import { processIsAlive } from '../../src/records/process-alive.ts'

test('a process is alive or not', () => {
  expect(processIsAlive(process.pid)).toBe(true)
  expect(processIsAlive(1)).toBe(true)
  expect(processIsAlive(2 ** 22 + 1)).toBe(false)
})

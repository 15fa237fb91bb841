import { expect, it } from 'vitest'
import { newRunId } from '../../src/flow/run-id.ts'

const AT = Date.UTC(2026, 10, 23, 8, 12, 2, 999)

it('tells the time in UTC, and sorts by it', () => {
  expect(newRunId(AT)).toMatch(/^20261123-081202-[a-z2-9]{4}$/)
  const ids = [0, 1000, 60_000, 86_400_000, 31 * 86_400_000].map((later) => newRunId(AT + later))
  expect(ids.toSorted()).toEqual(ids)
})

it('differs within the same second, in letters that are not mistaken for others', () => {
  const ids = Array.from({ length: 300 }, () => newRunId(AT))
  expect(new Set(ids).size).toBeGreaterThan(290)
  for (const id of ids) expect(id.slice(16)).not.toMatch(/[ilo01]/)
})

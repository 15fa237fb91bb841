import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeEvents, encodeEvents } from '../../src/events/event-batch.ts'
import type { RunEvent } from '@flowctl/engine'

const tasks = fc.array(
  fc.record({
    step: fc.constantFrom('fit', 'score'),
    task: fc.nat({ max: 3 }).map(String),
    attempt: fc.nat({ max: 1 }),
    pid: fc.constantFrom(10, 11),
    startedAt: fc.nat(),
    took: fc.integer(),
    input: fc.option(fc.string(), { nil: undefined }),
    how: fc.constantFrom('well', 'well', 'well', 'line', 'failed', 'begun', 'ended', 'foreach'),
  }),
  { maxLength: 20 },
)

function eventsOf(given: {
  step: string
  task: string
  attempt: number
  pid: number
  startedAt: number
  took: number
  input: string | undefined
  how: string
}): RunEvent[] {
  const { step, task, attempt, pid, startedAt, took, how } = given
  const input = given.input === undefined ? {} : { input: given.input }
  const of = { step, task, attempt, pid }
  const at = startedAt + took
  const begun: RunEvent = { type: 'task-started', at: startedAt, ...of, ...input }
  const outcome = how === 'failed' ? 'failed' : 'succeeded'
  const ended: RunEvent = { type: 'task-ended', at, ...of, startedAt, ...input, outcome }
  const between: RunEvent[] = []
  if (how === 'line') between.push({ type: 'line', at, ...of, stream: 'stdout', text: 'hello' })
  if (how === 'foreach') between.push({ type: 'foreach-opened', at, step, task, to: 'fit', count: 3 })
  if (how === 'begun') return [begun]
  return how === 'ended' ? [ended] : [begun, ...between, ended]
}

describe('events as text', () => {
  test('come out as they went in, in their order', () => {
    fc.assert(
      fc.property(tasks, (given) => {
        const events = given.flatMap(eventsOf)
        expect(decodeEvents(encodeEvents(events))).toStrictEqual(events)
      }),
      { numRuns: 500 },
    )
  })

  test('of small tasks are short', () => {
    const given = {
      step: 'fit',
      attempt: 0,
      pid: 10,
      startedAt: 1_790_000_000_000,
      took: 1,
      input: undefined,
      how: 'well',
    }
    const events = Array.from({ length: 1000 }, (_, n) => eventsOf({ ...given, task: String(n) })).flat()
    expect(encodeEvents(events).length / 1000).toBeLessThan(16)
  })
})

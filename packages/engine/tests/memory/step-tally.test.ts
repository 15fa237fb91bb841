import { expect, it } from 'vitest'
import type { TaskRecord } from '@flowctl/core'
import { StepTally } from '../../src/memory/step-tally.ts'
import { chainGraph } from '../graphs.ts'

const record = (step: string, outcome: TaskRecord['outcome']): TaskRecord => ({
  step,
  task: '0',
  attempt: 0,
  startedAt: 0,
  endedAt: 0,
  pid: 1,
  outcome,
  artifacts: {},
})

it('counts outcomes by step, adopted ones in their outcome too; steps without tasks are there', () => {
  const tally = new StepTally(chainGraph())
  for (const outcome of ['succeeded', 'succeeded', 'caught', 'failed'] as const) tally.add(record('a', outcome), false)
  tally.add(record('a', 'succeeded'), true)
  tally.add(record('b', 'caught'), true)
  tally.add(record('of another version', 'succeeded'), true)
  const nothing = { succeeded: 0, caught: 0, failed: 0, adopted: 0 }
  expect(tally.counts()).toEqual({
    start: nothing,
    fan: nothing,
    a: { succeeded: 3, caught: 1, failed: 1, adopted: 1 },
    b: { succeeded: 0, caught: 1, failed: 0, adopted: 1 },
    c: nothing,
    join: nothing,
    end: nothing,
  })
})

import type { RunRecord } from '@flowctl/core'
import { describe, expect, test } from 'vitest'
import {
  finishedAt,
  goesOn,
  LONG_SILENCE_MS,
  SILENCE_MS,
  statusOf,
  type RunState,
} from '../../src/reading/run-status.ts'
import { runRecord } from '../../../client/tests/runs.ts'
import { graphOf } from './small-graphs.ts'

const BEGAN = 1_700_000_000_000
const record = (fields: Partial<RunRecord> = {}): RunRecord =>
  runRecord(graphOf({ start: 'end', end: null }), { createdAt: BEGAN, host: { name: 'here', pid: 42 }, ...fields })
const state = (fields: Partial<RunState> = {}): RunState => ({
  record: record(),
  userTags: [],
  end: undefined,
  stop: undefined,
  heartbeat: undefined,
  process: 'elsewhere',
  ...fields,
})
const after = (ms: number): number => BEGAN + ms
const failure = { step: 's', task: '0', attempt: 0, error: { kind: 'exception' as const, name: 'E', message: 'm' } }

describe('status', () => {
  test('the end says how it ended, whatever else there is', () => {
    const end = { status: 'cancelled' as const, at: BEGAN + 5, steps: {} }
    const ended = state({ end, stop: { reason: 'failed', at: BEGAN + 3 } })
    expect(statusOf(ended, after(1e9))).toBe('cancelled')
    expect(finishedAt(ended, 'cancelled')).toBe(BEGAN + 5)
  })

  test('a run without a heartbeat runs until it should have had one', () => {
    expect(statusOf(state(), after(SILENCE_MS))).toBe('running')
    expect(statusOf(state(), after(SILENCE_MS + 1))).toBe('interrupted')
    expect(finishedAt(state(), 'interrupted')).toBe(BEGAN)
  })

  test('a heartbeat keeps it running', () => {
    const beating = state({ heartbeat: { at: BEGAN + 60_000 } })
    expect(statusOf(beating, after(60_000 + SILENCE_MS))).toBe('running')
    expect(finishedAt(beating, 'running')).toBeUndefined()
    expect(statusOf(beating, after(60_001 + SILENCE_MS))).toBe('interrupted')
    expect(finishedAt(beating, 'interrupted')).toBe(BEGAN + 60_000)
  })

  test('a living process of this machine is believed for a while', () => {
    expect(statusOf(state({ process: 'alive' }), after(LONG_SILENCE_MS))).toBe('running')
    expect(statusOf(state({ process: 'alive' }), after(LONG_SILENCE_MS + 1))).toBe('interrupted')
  })

  test('a run whose process on this machine is gone is interrupted at once', () => {
    expect(statusOf(state({ process: 'gone' }), after(0))).toBe('interrupted')
    expect(statusOf(state({ process: 'gone', heartbeat: { at: BEGAN + 10 } }), after(11))).toBe('interrupted')
  })

  test('a run that was stopped and whose process died before its end has failed, or is cancelled', () => {
    const failed = state({ stop: { reason: 'failed', at: BEGAN + 1000, failure } })
    expect(statusOf(failed, after(2000))).toBe('running')
    expect(statusOf(failed, after(1e6))).toBe('failed')
    expect(finishedAt(failed, 'failed')).toBe(BEGAN + 1000)
    expect(statusOf(state({ stop: { reason: 'cancelled', at: BEGAN } }), after(1e6))).toBe('cancelled')
  })

  test('a run of the bullmq engine goes on, whoever runs it', () => {
    expect(statusOf(state({ record: record({ engine: 'bullmq' }) }), after(1e9))).toBe('running')
  })
})

describe('going on', () => {
  test('a run goes on where its status is running, on whichever machine it beats', () => {
    const beating = state({ heartbeat: { at: BEGAN + 60_000 } })
    expect(goesOn(beating, after(60_000 + SILENCE_MS))).toBe(true)
    expect(goesOn(beating, after(60_001 + SILENCE_MS))).toBe(false)
    expect(goesOn(state({ process: 'alive' }), after(LONG_SILENCE_MS))).toBe(true)
    expect(goesOn(state({ process: 'gone' }), after(0))).toBe(false)
    expect(goesOn(state({ end: { status: 'succeeded', at: BEGAN, steps: {} } }), after(0))).toBe(false)
  })

  test('a stopped run on the queue starts nothing new, although it is running until its end is written', () => {
    const stop = { reason: 'cancelled' as const, at: BEGAN }
    const queued = record({ engine: 'bullmq' })
    expect(goesOn(state({ record: queued }), after(1e9))).toBe(true)
    expect([
      statusOf(state({ record: queued, stop }), after(0)),
      goesOn(state({ record: queued, stop }), after(0)),
    ]).toEqual(['running', false])
  })
})

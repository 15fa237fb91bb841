import type { RunEnded } from '@flowctl/engine'
import { expect, test } from 'vitest'
import { noPaint } from '../../src/format/paint.ts'
import { failureSummary, endingLine, followUps, resultHint, shellWord } from '../../src/render/outcome.ts'
import { boom, foreachGraph, recordOf, START } from '../support/run-events.ts'

const record = recordOf(foreachGraph)
const view = { cwd: '/flows', verbose: false }

function ended(status: RunEnded['status'], failure?: RunEnded['failure']): RunEnded {
  const base = { type: 'run-ended', at: START + 1200, startedAt: START, status } as const
  return failure === undefined ? base : { ...base, failure }
}

test('endings', () => {
  expect(endingLine(record, ended('succeeded'), noPaint)).toBe('Done! Run TreesFlow/r7 took 1.2 s.')
  expect(endingLine(record, ended('failed'), noPaint)).toBe('Failed. Run TreesFlow/r7 failed after 1.2 s.')
  expect(endingLine(record, ended('cancelled'), noPaint)).toBe(
    'Interrupted. Run TreesFlow/r7 was cancelled after 1.2 s; what is done is kept.',
  )
  expect(resultHint(record, 'npx flowctl')).toBe('See what it stored: npx flowctl dump TreesFlow/r7/end')
})

test('after a failure: the first one, where to look, how to go on', () => {
  const failure = { step: 'fit', task: '3.17', attempt: 1, input: "'mouse'", error: boom }
  expect(failureSummary(record, ended('failed', failure), view, 'flowctl')).toEqual([
    "First failure: step fit, task 3.17, input: 'mouse', attempt 2 of 4",
    '  Error: boom',
    '      at TreesFlow.fit (f.ts:12:5)',
    '',
    'Read its log:  flowctl logs TreesFlow/r7/fit/3.17',
    "Resume it:     flowctl resume 'trees flow.ts'",
  ])
})

test('verbose shows all frames', () => {
  const failure = { step: 'start', task: '0', attempt: 0, error: boom }
  const lines = failureSummary(record, ended('failed', failure), { cwd: '/flows', verbose: true }, 'flowctl')
  expect(lines[0]).toBe('First failure: step start, task 0')
  expect(lines).toContain('      at run (node:internal/x:1:1)')
})

test('after an interruption: how to go on', () => {
  expect(failureSummary(record, ended('cancelled'), view, 'flowctl')).toEqual([
    "Resume it:     flowctl resume 'trees flow.ts'",
  ])
})

test('a run is resumed where it ran, and by its id when there are newer ones', () => {
  const submitted = { ...record, engine: 'bullmq' } as const
  expect(followUps(submitted, undefined, '/flows', 'flowctl')).toEqual([
    "Resume it:     flowctl resume 'trees flow.ts' --submit",
  ])
  expect(followUps(record, undefined, '/flows', 'flowctl', false)).toEqual([
    "Resume it:     flowctl resume 'trees flow.ts' --origin-run-id r7",
  ])
})

test.each([
  ['flows/a-b.ts', 'flows/a-b.ts'],
  ['a b', "'a b'"],
  ["it's", `'it'\\''s'`],
  ['', "''"],
  ['$HOME', "'$HOME'"],
])('%s for a shell is %s', (text, word) => {
  expect(shellWord(text)).toBe(word)
})

import type { FlowGraph, RunRecord, StepDecorators, Transition } from '@flowctl/core'
import { expect, test } from 'vitest'
import { attemptText, completedText, foreachText, progressText, RunProgress, stoppingText } from '../src/index.ts'

const node = (name: string, transition: Transition, join = false, decorators: StepDecorators = {}) => ({
  name,
  doc: '',
  at: { file: '/f.ts', line: 1, column: 1 },
  join,
  transition,
  decorators,
  reads: [],
})
const graph = {
  flow: 'F',
  doc: '',
  start: 'start',
  end: 'end',
  isolate: false,
  steps: {
    start: node('start', { kind: 'foreach', to: 'fit', over: 'items' }),
    fit: node('fit', { kind: 'linear', to: 'join' }, false, {
      retry: { times: 2, minutesBetweenRetries: 0, backoff: 1 },
    }),
    join: node('join', { kind: 'linear', to: 'end' }, true),
    end: node('end', { kind: 'end' }),
  },
} as unknown as FlowGraph

const task = { at: 10, step: 'fit', pid: 1 }

function progressOf(count: number): RunProgress {
  const progress = new RunProgress()
  progress.apply({ type: 'run-started', at: 0, record: { graph } as RunRecord })
  progress.apply({ type: 'foreach-opened', at: 1, step: 'start', task: '0', to: 'fit', count })
  return progress
}

test('a step of a foreach is told by what it has done, of how many', () => {
  const progress = progressOf(1000)
  for (let n = 0; n < 3; n += 1) progress.apply({ type: 'task-started', ...task, task: String(n), attempt: 0 })
  const ended = { type: 'task-ended', ...task, attempt: 0, startedAt: 5 } as const
  progress.apply({ ...ended, task: '0', outcome: 'succeeded' })
  progress.apply({ ...ended, task: '1', outcome: 'retrying' })
  expect(progressText(progress, progress.step('fit'))).toBe('1 of 1,000 done, 1 running, 1 waiting to be tried again')
  expect(progress.wide.has('fit')).toBe(true)
  expect(progress.total('end')).toBeUndefined()
})

test('a step that is done says how long it took and what did not go well', () => {
  const progress = progressOf(2)
  progress.apply({ type: 'adopted', at: 1, step: 'fit', tasks: 1 })
  progress.apply({ type: 'task-started', ...task, task: '1', attempt: 0 })
  progress.apply({ type: 'task-ended', ...task, at: 2010, task: '1', attempt: 0, startedAt: 10, outcome: 'failed' })
  const fit = progress.step('fit')
  expect(completedText(fit, 2010)).toBe('all 2 tasks done in 2.0 s (1 reused, 1 failed)')
  expect(fit.failures).toEqual(['1'])
})

test('attempts are counted from 1, and only where there can be several', () => {
  expect(attemptText(graph, 'start', 0)).toBeUndefined()
  expect(attemptText(graph, 'fit', 0)).toBe('attempt 1 of 3')
  expect(attemptText(graph, 'fit', 3)).toBe('attempt 4')
})

test('a foreach without items and a run that stops are told in a sentence', () => {
  expect(foreachText(0)).toBe('Foreach yields no child tasks.')
  expect(foreachText(1)).toBe('Foreach yields 1 child task.')
  expect(stoppingText('failed', 2)).toBe('Run has failed: nothing new is started, 2 tasks still running.')
  expect(stoppingText('cancelled', 0)).toBe('Run is cancelled: nothing new is started.')
})

import type { FlowDescription, ParameterDescription } from '@flowctl/core'
import { expect, test } from 'vitest'
import { noPaint } from '../../src/format/paint.ts'
import { flowLines, transitionText } from '../../src/render/flow-text.ts'
import { parameterHelp } from '../../src/render/parameter-help.ts'
import { planLines } from '../../src/render/resume-plan.ts'
import { foreachGraph, graphOf, recordOf, stepNode } from '../support/run-events.ts'

const parameter = (field: string, more: Partial<ParameterDescription>): ParameterDescription => ({
  field,
  option: field,
  variable: `FLOWCTL_RUN_${field.toUpperCase()}`,
  kind: 'string',
  help: '',
  required: false,
  ...more,
})

const description: FlowDescription = {
  flow: 'ZooFlow',
  steps: [],
  parameters: [
    parameter('creature', { help: 'An animal', required: true }),
    parameter('count', { kind: 'integer', defaultText: '1' }),
    parameter('names', { help: 'Whom', separator: ',', defaultText: 'a,b' }),
    parameter('fast', { kind: 'boolean', help: 'Hurry' }),
    parameter('csv', { kind: 'file-text' }),
  ],
}

const options = [
  '  --creature TEXT    An animal  [required]',
  '  --count INTEGER    [default: 1]',
  "  --names TEXT       Whom  [several, separated by ',']  [default: a,b]",
  '  --fast, --no-fast  Hurry',
  '  --csv FILE',
]

test('the parameters of a flow', () => {
  expect(parameterHelp(description, 'A zoo.', noPaint)).toEqual(['A zoo.', '', 'Parameters of ZooFlow:', ...options])
  expect(parameterHelp({ ...description, parameters: [] }, '', noPaint)).toEqual(['ZooFlow takes no parameters.'])
})

test('a flow: docstrings, parameters, steps in order, joins, decorators', () => {
  const retry = { times: 2, minutesBetweenRetries: 0, backoff: 1 }
  const graph = graphOf('ZooFlow', [
    stepNode('start', { kind: 'split', to: ['feed', 'wash'] }, { doc: 'Starting point' }),
    stepNode('gather', { kind: 'linear', to: 'end' }, { join: true }),
    stepNode('feed', { kind: 'linear', to: 'gather' }, { decorators: { retry, catchError: { var: 'failure' } } }),
    stepNode('wash', { kind: 'linear', to: 'gather' }, { doc: 'Two\n\nlines' }),
    stepNode('end', { kind: 'end' }),
  ])
  expect(flowLines({ ...graph, doc: 'A zoo.\nBig.' }, description, noPaint)).toEqual([
    'ZooFlow',
    '    A zoo.',
    '    Big.',
    '',
    'Parameters',
    ...options,
    '',
    'Step start',
    '    Starting point',
    '    => feed, wash',
    '',
    '@retry({ times: 2, minutesBetweenRetries: 0, backoff: 1 })',
    "@catchError({ var: 'failure' })",
    'Step feed',
    '    => gather',
    '',
    'Step wash',
    '    Two',
    '',
    '    lines',
    '    => gather',
    '',
    'Step gather (joins start)',
    '    => end',
    '',
    'Step end',
  ])
})

test('transitions', () => {
  expect(transitionText({ kind: 'foreach', to: 'a', over: 'items' })).toBe('=> a (foreach items)')
  const cases = [
    { value: 'small', to: 'a' },
    { value: 'large', to: 'b' },
  ]
  expect(transitionText({ kind: 'switch', cases, condition: 'size' })).toBe('=> small: a, large: b (switch on size)')
})

test('the plan of a resume', () => {
  const lines = planLines(
    {
      origin: recordOf(foreachGraph),
      steps: [
        { step: 'start', action: 'reuse', reused: 1, why: '' },
        { step: 'fit', action: 'partly', reused: 7, why: '3 of 10 tasks failed' },
        { step: 'join', action: 'run', reused: 0, why: 'comes after fit' },
      ],
    },
    noPaint,
  )
  expect(lines).toEqual([
    'Resuming TreesFlow/r7 of user:ada, started 2026-11-23 08:12:02',
    '  start  reuse 1 task',
    '  fit    reuse 7 tasks, run the rest  3 of 10 tasks failed',
    '  join   run                          comes after fit',
  ])
})

import { isFlowProblems } from '@flowctl/core'
import { expect, test } from 'vitest'
import { nearestNames } from '@flowctl/core'
import { readRunOptions, variableOf, type RawRunOptions } from '../../src/arguments/run-options.ts'

const nothing = { tags: [], with: [], isolate: false, quiet: false, json: false, verbose: false }

function messages(raw: RawRunOptions, environment: Record<string, string> = {}): string[] {
  try {
    readRunOptions(raw, environment)
  } catch (error) {
    if (isFlowProblems(error)) return error.problems.map((problem) => problem.message)
    throw error
  }
  return []
}

test('nothing given', () => {
  expect(readRunOptions({}, {})).toEqual(nothing)
})

test('all from the command line', () => {
  const raw: RawRunOptions = {
    tag: ['a', 'b c'],
    with: ['retry:times=3'],
    maxWorkers: '4',
    maxNumSplits: '1000',
    maxLogSize: '0.5',
    isolate: true,
    runIdFile: 'id',
    quiet: true,
    json: true,
    verbose: true,
  }
  expect(readRunOptions(raw, { FLOWCTL_RUN_MAX_WORKERS: 'ignored', FLOWCTL_RUN_TAG: 'c' })).toEqual({
    tags: ['a', 'b c'],
    with: ['retry:times=3'],
    maxWorkers: 4,
    maxNumSplits: 1000,
    maxLogBytes: 512 * 1024,
    isolate: true,
    runIdFile: 'id',
    quiet: true,
    json: true,
    verbose: true,
  })
})

test('all from the environment', () => {
  const environment = {
    FLOWCTL_RUN_TAG: ' a  b ',
    FLOWCTL_RUN_WITH: 'retry:times=3,backoff=2 timeout:seconds=5',
    FLOWCTL_RUN_MAX_WORKERS: '2',
    FLOWCTL_RUN_MAX_NUM_SPLITS: '9',
    FLOWCTL_RUN_MAX_LOG_SIZE: '20',
    FLOWCTL_RUN_ISOLATE: 'true',
    FLOWCTL_RUN_RUN_ID_FILE: 'f',
  }
  expect(readRunOptions({}, environment)).toEqual({
    ...nothing,
    tags: ['a', 'b'],
    with: ['retry:times=3,backoff=2', 'timeout:seconds=5'],
    maxWorkers: 2,
    maxNumSplits: 9,
    maxLogBytes: 20 * 1024 * 1024,
    isolate: true,
    runIdFile: 'f',
  })
})

test.each([
  [{ maxWorkers: '0' }, "--max-workers is '0', but must be a whole number of at least 1."],
  [{ maxWorkers: '0x' }, "--max-workers is '0x', but must be a whole number of at least 1."],
  [{ maxWorkers: '-1' }, "--max-workers is '-1', but must be a whole number of at least 1."],
  [{ maxWorkers: '1.5' }, "--max-workers is '1.5', but must be a whole number of at least 1."],
  [{ maxWorkers: '99999999999999999999' }, 'a whole number of at least 1'],
  [{ maxNumSplits: '1e3' }, "--max-num-splits is '1e3'"],
  [{ maxLogSize: 'ten' }, "--max-log-size is 'ten', but must be a number above 0."],
  [{ maxLogSize: '0' }, "--max-log-size is '0', but must be a number above 0."],
])('%j is refused', (raw, message) => {
  const found = messages(raw)
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(message)
})

test('problems of the environment name the variable, and all are told', () => {
  const found = messages({ maxLogSize: 'x' }, { FLOWCTL_RUN_MAX_WORKERS: 'many', FLOWCTL_RUN_ISOLATE: 'perhaps' })
  expect(found).toHaveLength(3)
  expect(found).toContain("FLOWCTL_RUN_MAX_WORKERS is 'many', but must be a whole number of at least 1.")
  expect(found).toContain("FLOWCTL_RUN_ISOLATE is 'perhaps', but must be true or false.")
})

test('the variable of an option', () => {
  expect(variableOf('--max-num-splits')).toBe('FLOWCTL_RUN_MAX_NUM_SPLITS')
})

test('nearest names', () => {
  const names = ['--num-trees', '--depth', '--tag']
  expect(nearestNames('--num-tress', names)).toEqual(['--num-trees'])
  expect(nearestNames('--dpeth', names)).toEqual(['--depth'])
  expect(nearestNames('--Tag', names)).toEqual(['--tag'])
  expect(nearestNames('--something-else', names)).toEqual([])
})

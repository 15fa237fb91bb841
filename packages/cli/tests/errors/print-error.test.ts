import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlowctlError, FlowProblems, type SourceLocation, type TaskError } from '@flowctl/core'
import { afterAll, describe, expect, test } from 'vitest'
import { errorText, headline, taskErrorLines, userPlace } from '../../src/errors/print-error.ts'

const cwd = mkdtempSync(join(tmpdir(), 'flowctl-errors-'))
afterAll(() => rmSync(cwd, { recursive: true }))
const file = join(cwd, 'flow.ts')
writeFileSync(file, ['export class MyFlow {', '\tstart() {', '    this.next(this.nope)', '  }', '}'].join('\n'))

const view = { cwd, verbose: false }

function problem(message: string, at?: SourceLocation, cause?: unknown): FlowctlError {
  return new FlowctlError('STEP_ODD', { message, fix: 'Make it even.', exit: 2, details: {} }, { at, cause })
}

describe('errors of the table', () => {
  test('message, place with source line and caret, fix', () => {
    expect(errorText(problem('Step start is odd.', { file, line: 3, column: 15 }), view)).toBe(
      [
        'Error [STEP_ODD]: Step start is odd.',
        '  flow.ts:3:15',
        '    3 |     this.next(this.nope)',
        '      |               ^',
        'Fix: Make it even.',
      ].join('\n'),
    )
  })

  test('a caret below a line indented by tabs keeps the tabs', () => {
    expect(errorText(problem('x', { file, line: 2, column: 2 }), view)).toContain('    2 | \tstart() {\n      | \t^\n')
  })

  test.each([
    ['a file that is gone', { file: join(cwd, 'gone.ts'), line: 3, column: 15 }, 'gone.ts:3:15'],
    ['a line that is gone', { file, line: 99, column: 1 }, 'flow.ts:99:1'],
  ])('%s: the place alone', (_what, at, place) => {
    expect(errorText(problem('Odd.', at), view)).toBe(`Error [STEP_ODD]: Odd.\n  ${place}\nFix: Make it even.`)
  })

  test('a path far from here stays absolute', () => {
    expect(errorText(problem('Odd.', { file: '/x.ts', line: 1, column: 2 }), view)).toContain('\n  /x.ts:1:2\n')
  })

  test('the cause', () => {
    expect(errorText(problem('Odd.', undefined, new TypeError('inner')), view)).toBe(
      'Error [STEP_ODD]: Odd.\nFix: Make it even.\nCaused by TypeError: inner',
    )
    expect(errorText(problem('Odd.', undefined, problem('Inner.')), view)).toContain('Caused by [STEP_ODD] Inner.')
    expect(errorText(problem('Odd: inner', undefined, new TypeError('inner')), view)).not.toContain('Caused by')
  })

  test('the cause in another process, whose stack knows the place', () => {
    const cause = { kind: 'exception', name: 'TypeError', message: 'inner', stack: `    at new MyFlow (${file}:3:15)` }
    expect(errorText(problem('Odd.', undefined, cause), view).split('\n')).toEqual([
      'Error [STEP_ODD]: Odd.',
      '  flow.ts:3:15',
      '    3 |     this.next(this.nope)',
      '      |               ^',
      'Fix: Make it even.',
      'Caused by TypeError: inner',
    ])
  })

  test('several are numbered and counted', () => {
    const text = errorText(new FlowProblems([problem('One.', { file, line: 3, column: 15 }), problem('Two.')]), view)
    expect(text).toBe(
      [
        '1. Error [STEP_ODD]: One.',
        '     flow.ts:3:15',
        '       3 |     this.next(this.nope)',
        '         |               ^',
        '   Fix: Make it even.',
        '',
        '2. Error [STEP_ODD]: Two.',
        '   Fix: Make it even.',
        '',
        '2 problems.',
      ].join('\n'),
    )
  })

  test('a single one is not numbered', () => {
    expect(errorText(new FlowProblems([problem('One.')]), view)).toBe('Error [STEP_ODD]: One.\nFix: Make it even.')
  })
})

test('an unexpected error is called a bug, with its stack', () => {
  const text = errorText(new RangeError('too far', { cause: new Error('why') }), view)
  expect(text).toContain('This is a bug in flowctl.')
  expect(text).toContain('  RangeError: too far\n')
  expect(text).toContain('print-error.test.ts')
  expect(text).toContain('Caused by Error: why')
  expect(text).toContain('Please report it')
  expect(errorText('just text', view)).toContain('  just text\n')
})

describe('errors of tasks', () => {
  const stack = [
    'TypeError: this.nope is not a function',
    `    at async _MyFlow.start (${file}:3:15)`,
    `    at helper (file://${join(cwd, 'my%20helper.ts')}:8:1)`,
    `    at fit (${cwd}/node_modules/ml-svm/dist/index.js:10:2)`,
    `    at run (${cwd}/node_modules/@flowctl/engine/dist/task-process/main.js:80:3)`,
    `    at step (${cwd}/node_modules/flowctl/dist/index.js:1:1)`,
    `    at own (${join(import.meta.dirname, '../../src/main.ts')}:1:1)`,
    '    at new Promise (<anonymous>)',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
  ].join('\n')
  const error: TaskError = { kind: 'exception', name: 'TypeError', message: 'this.nope is not a function', stack }

  test('the stack in the user source, without framework frames', () => {
    expect(taskErrorLines(error, view)).toEqual([
      'TypeError: this.nope is not a function',
      '    3 |     this.next(this.nope)',
      '      |               ^',
      '    at async MyFlow.start (flow.ts:3:15)',
      '    at helper (my helper.ts:8:1)',
      '    at fit (node_modules/ml-svm/dist/index.js:10:2)',
    ])
  })

  test('a file that has changed since is not quoted', () => {
    const changedAt = statSync(file).mtimeMs
    expect(taskErrorLines(error, { ...view, asOf: changedAt })).toContain('    3 |     this.next(this.nope)')
    expect(taskErrorLines(error, { ...view, asOf: changedAt - 1 })[1]).toBe('    at async MyFlow.start (flow.ts:3:15)')
  })

  test('verbose shows all frames', () => {
    const lines = taskErrorLines(error, { cwd, verbose: true })
    expect(lines).toHaveLength(3 + 8)
    expect(lines).toContain('    at run (node_modules/@flowctl/engine/dist/task-process/main.js:80:3)')
    expect(lines).toContain('    at new Promise (<anonymous>)')
  })

  test('code, causes and fix; a message of several lines', () => {
    const cause: TaskError = {
      kind: 'exception',
      name: 'Error',
      message: 'deep',
      stack: `Error: deep\n    at f (${file}:1:1)`,
    }
    const coded: TaskError = { ...error, code: 'TASK_ODD', message: 'one\ntwo', stack: '', fix: 'Do it.', cause }
    expect(taskErrorLines(coded, view)).toEqual([
      'Error [TASK_ODD]: one',
      'two',
      'Caused by Error: deep',
      '    at f (flow.ts:1:1)',
      'Fix: Do it.',
    ])
    expect(headline(coded)).toBe('Error [TASK_ODD]: one\ntwo')
  })

  test('where it arose', () => {
    expect(userPlace(error, cwd)).toBe('flow.ts:3:15')
    expect(userPlace({ ...error, stack: 'x\n    at node:internal/a:1:2' }, cwd)).toBeUndefined()
    const inPackage = `x\n    at fit (${cwd}/node_modules/ml-svm/index.js:10:2)`
    expect(userPlace({ ...error, stack: inPackage }, cwd)).toBe('node_modules/ml-svm/index.js:10:2')
    expect(userPlace({ ...error, stack: `${inPackage}\n    at start (${file}:3:15)` }, cwd)).toBe('flow.ts:3:15')
    expect(userPlace({ kind: 'signal', name: 'Error', message: 'killed' }, cwd)).toBeUndefined()
  })
})

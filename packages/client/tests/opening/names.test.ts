import { describe, expect, test } from 'vitest'
import { pathspecOf } from '../../src/objects/pathspecs.ts'

describe('a pathspec', () => {
  test('is read into its parts', () => {
    expect(pathspecOf('F/1/start/3.17~2/x', 'artifact')).toEqual({
      flow: 'F',
      run: '1',
      step: 'start',
      task: '3.17~2',
      artifact: 'x',
    })
  })

  test.each([
    ['F', 'run', 'Flow/run'],
    ['F/1/start', 'run', 'Flow/run'],
    ['F/1/', 'step', 'Flow/run/step'],
    ['', 'flow', 'Flow'],
    ['F/1/a/0/x/y', 'artifact', 'Flow/run/step/task/artifact'],
  ] as const)('%j is not that of a %s', (given, level, expected) => {
    let error: unknown
    try {
      pathspecOf(given, level)
    } catch (caught) {
      error = caught
    }
    expect(error).toMatchObject({
      code: 'PATHSPEC_INVALID',
      message: `'${given}' is not the pathspec of ${level === 'artifact' ? 'an' : 'a'} ${level}: that is ${expected}.`,
    })
  })
})

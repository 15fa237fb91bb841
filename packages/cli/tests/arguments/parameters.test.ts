import { isFlowProblems, type FlowDescription, type ParameterDescription } from '@flowctl/core'
import { describe, expect, test } from 'vitest'
import { readParameters } from '../../src/arguments/parameters.ts'

function parameter(field: string, kind: ParameterDescription['kind'], option = field): ParameterDescription {
  const variable = `FLOWCTL_RUN_${option.replaceAll('-', '_').toUpperCase()}`
  return { field, option, variable, kind, help: '', required: false }
}

const description: FlowDescription = {
  flow: 'TreesFlow',
  steps: [],
  parameters: [
    parameter('numTrees', 'integer', 'num-trees'),
    parameter('greeting', 'string'),
    parameter('verboseFit', 'boolean', 'verbose-fit'),
    parameter('vector', 'json'),
  ],
}

function read(words: string[], environment: Record<string, string> = {}): unknown {
  return readParameters(words, description, environment, ['--tag', '--max-workers'])
}

function problems(words: string[]): string[] {
  try {
    read(words)
  } catch (error) {
    if (isFlowProblems(error)) return error.problems.map(({ code, message }) => `${code}: ${message}`)
    throw error
  }
  return []
}

describe('values', () => {
  test.each([
    [['--num-trees', '5']],
    [['--num-trees=5']],
    [['--numTrees', '5']],
    [['--numTrees=5']],
    [['--num_trees', '5']],
    [['--NUM-TREES', '5']],
    [['--num-trees', '3', '--num-trees', '5']],
  ])('%j', (words) => {
    expect(read(words)).toEqual({ numTrees: { text: '5', source: '--num-trees' } })
  })

  test('may be empty, negative, and hold equals signs', () => {
    expect(read(['--greeting=', '--num-trees', '-5', '--vector', '{"a=b": "--x"}'])).toEqual({
      greeting: { text: '', source: '--greeting' },
      numTrees: { text: '-5', source: '--num-trees' },
      vector: { text: '{"a=b": "--x"}', source: '--vector' },
    })
    expect(read(['--greeting=--hi'])).toEqual({ greeting: { text: '--hi', source: '--greeting' } })
  })

  test.each([
    [['--verbose-fit'], 'true'],
    [['--verboseFit', 'true'], 'true'],
    [['--verbose-fit', 'FALSE'], 'FALSE'],
    [['--verbose-fit=no'], 'no'],
    [['--verbose-fit=maybe'], 'maybe'],
  ])('a boolean: %j', (words, text) => {
    expect(read(words)).toEqual({ verboseFit: { text, source: '--verbose-fit' } })
  })

  test('--no-NAME is false', () => {
    expect(read(['--no-verbose-fit'])).toEqual({ verboseFit: { text: 'false', source: '--no-verbose-fit' } })
    expect(read(['--no-verboseFit', '--num-trees', '1'])).toEqual({
      verboseFit: { text: 'false', source: '--no-verbose-fit' },
      numTrees: { text: '1', source: '--num-trees' },
    })
  })

  test('a word after a boolean that cannot be its value is not taken', () => {
    expect(problems(['--verbose-fit', 'maybe'])).toEqual([
      "COMMAND_UNEXPECTED_VALUE: 'maybe' stands alone: it is neither an option nor the value of one.",
    ])
  })
})

describe('the environment', () => {
  test('gives what the command line leaves out', () => {
    const environment = { FLOWCTL_RUN_NUM_TREES: '7', FLOWCTL_RUN_GREETING: 'hi', FLOWCTL_RUN_OTHER: 'x' }
    expect(read(['--num-trees', '5'], environment)).toEqual({
      numTrees: { text: '5', source: '--num-trees' },
      greeting: { text: 'hi', source: 'FLOWCTL_RUN_GREETING' },
    })
  })
})

describe('problems', () => {
  test('an unknown option names what is near and what there is', () => {
    expect(problems(['--num-tres', '5'])).toEqual([
      "COMMAND_UNKNOWN_PARAMETER: '--num-tres' is neither a parameter of TreesFlow nor an option of 'flowctl run'. Did you mean --num-trees?",
    ])
    expect(problems(['--max-worker=2'])[0]).toContain('Did you mean --max-workers?')
    expect(problems(['--nothing-like-it'])[0]).toMatch(/'flowctl run'\.$/)
  })

  test.each([
    [['--greeting'], '--greeting needs a value, and there is none after it.'],
    [['--greeting', '--vector', '1'], "--greeting needs a value, but '--vector' follows it."],
    [['x'], "'x' stands alone"],
    [['--'], "'--' stands alone"],
    [['-n', '5'], "'-n' is neither a parameter"],
    [['--no-greeting'], "'--no-greeting' is neither a parameter"],
    [['--no-verbose-fit=1'], "'--no-verbose-fit' is neither a parameter"],
  ])('%j', (words, message) => {
    const found = problems(words)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })

  test('are told together', () => {
    expect(problems(['--nope', '1', 'stray', '--greeting'])).toHaveLength(3)
  })
})

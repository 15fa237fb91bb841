import {
  bindParameters,
  FlowSpec,
  IncludeFile,
  Parameter,
  type BindContext,
  type FlowClass,
  type GivenParameter,
} from '@flowctl/core'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { messagesOf, problemsOf } from './problems.ts'

const FILES: Readonly<Record<string, Uint8Array>> = {
  'data.csv': new TextEncoder().encode('a,b\n1,é\n'),
  'latin.txt': Uint8Array.of(0x63, 0x61, 0x66, 0xe9),
}

const context: BindContext = {
  user: 'ada',
  readFile: async (path) => {
    await Promise.resolve()
    const bytes = FILES[path]
    if (bytes === undefined) throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' })
    return bytes
  },
}

const bind = (flow: FlowClass, texts: Record<string, string> = {}) => bindParameters(flow, given(texts), context)

/** As the command line gives them. */
function given(texts: Record<string, string>): Record<string, GivenParameter> {
  return Object.fromEntries(Object.entries(texts).map(([field, text]) => [field, { text, source: `--${field}` }]))
}

describe('texts become values', () => {
  class Flow extends FlowSpec {
    text = Parameter.string()
    list = Parameter.string({ separator: ',' })
    whole = Parameter.integer()
    rate = Parameter.number()
    flag = Parameter.boolean()
    data = Parameter.json()
  }

  test.each<[string, string, unknown]>([
    ['text', 'cat', 'cat'],
    ['text', '', ''],
    ['text', ' as it is ', ' as it is '],
    ['list', 'a,b,,c', ['a', 'b', '', 'c']],
    ['list', 'a', ['a']],
    ['list', '', []],
    ['whole', '10', 10],
    ['whole', '-3', -3],
    ['whole', '+3', 3],
    ['whole', ' 7 ', 7],
    ['whole', '-0', 0],
    ['whole', '9007199254740991', 9007199254740991],
    ['rate', '0.5', 0.5],
    ['rate', '-1e-3', -0.001],
    ['rate', '.5', 0.5],
    ['rate', '5.', 5],
    ['flag', 'true', true],
    ['flag', 'TRUE', true],
    ['flag', '1', true],
    ['flag', 'yes', true],
    ['flag', '', true],
    ['flag', 'false', false],
    ['flag', '0', false],
    ['flag', 'No', false],
    ['data', '{"a": [1, null]}', { a: [1, null] }],
    ['data', '"text"', 'text'],
    ['data', 'null', null],
  ])('%s: %j', async (field, text, value) => {
    const bound = await bind(Flow, { [field]: text })
    expect(bound[field]).toStrictEqual(value)
    expect(Object.keys(bound)).toEqual(['text', 'list', 'whole', 'rate', 'flag', 'data'])
    for (const other of Object.keys(bound)) if (other !== field) expect(bound[other]).toBeUndefined()
  })

  test.each([
    ['whole', 'ten', "'ten'", 'a whole number (at most 2^53)'],
    ['whole', '1.5', "'1.5'", 'a whole number (at most 2^53)'],
    ['whole', '', "''", 'a whole number (at most 2^53)'],
    ['whole', '0x10', "'0x10'", 'a whole number (at most 2^53)'],
    ['whole', '9007199254740992', "'9007199254740992'", 'a whole number (at most 2^53)'],
    ['rate', 'fast', "'fast'", 'a finite number, like 3, -0.5 or 1e-3'],
    ['rate', '', "''", 'a finite number, like 3, -0.5 or 1e-3'],
    ['rate', 'Infinity', "'Infinity'", 'a finite number, like 3, -0.5 or 1e-3'],
    ['rate', '1e999', "'1e999'", 'a finite number, like 3, -0.5 or 1e-3'],
    ['rate', '1,5', "'1,5'", 'a finite number, like 3, -0.5 or 1e-3'],
    ['flag', 'maybe', "'maybe'", 'true, 1, yes, false, 0 or no'],
    ['flag', 'constructor', "'constructor'", 'true, 1, yes, false, 0 or no'],
  ])('%s: %j is refused', async (field, text, shown, allowed) => {
    const problems = await problemsOf(() => bind(Flow, { [field]: text }))
    expect(problems.map(({ code, message, exit }) => ({ code, message, exit }))).toEqual([
      {
        code: 'PARAMETER_VALUE_INVALID',
        message: `--${field}: ${shown} is not allowed; allowed is ${allowed}.`,
        exit: 2,
      },
    ])
  })

  test('JSON that breaks off says where', async () => {
    const [problem] = await problemsOf(() => bind(Flow, { data: '{bad' }))
    expect(problem).toMatchObject({
      code: 'PARAMETER_JSON_INVALID',
      message: `--data: '{bad' is not JSON; it breaks off at line 1, column 2, before "bad".`,
      cause: expect.any(SyntaxError) as unknown,
    })
  })

  test('the message names the source, and a long value is cut', async () => {
    const long = { text: 'x'.repeat(500), source: 'FLOWCTL_RUN_WHOLE' }
    const [message] = await messagesOf(() => bindParameters(Flow, { whole: long }, context))
    expect(message).toContain('FLOWCTL_RUN_WHOLE')
    expect(message!.length).toBeLessThan(250)
  })
})

describe('defaults', () => {
  test('count where nothing is given, and give way to what is', async () => {
    class Flow extends FlowSpec {
      count = Parameter.integer({ default: 1 })
      kinds = Parameter.string({ default: 'a,b', separator: ',' })
      more = Parameter.string({ default: ['c'], separator: ',' })
      data = Parameter.json({ default: { a: 1 } })
      off = Parameter.boolean({ default: false })
      nothing = Parameter.json({ default: null })
    }
    expect(await bind(Flow)).toEqual({
      count: 1,
      kinds: ['a', 'b'],
      more: ['c'],
      data: { a: 1 },
      off: false,
      nothing: null,
    })
    expect(await bind(Flow, { count: '2', kinds: 'x', off: 'yes' })).toMatchObject({
      count: 2,
      kinds: ['x'],
      off: true,
    })
  })

  test('may be computed when a run starts, from the flow, the user and the parameter', async () => {
    const contexts: unknown[] = []
    class TrainFlow extends FlowSpec {
      owner = Parameter.string({
        default: (one) => {
          contexts.push(one)
          return `${one.user}/${one.flow}/${one.parameter}`
        },
      })
      later = Parameter.integer({ default: async () => Promise.resolve(7) })
      list = Parameter.string({ separator: ',', default: () => 'a,b' })
    }
    expect(await bind(TrainFlow)).toEqual({ owner: 'ada/TrainFlow/owner', later: 7, list: ['a', 'b'] })
    expect(contexts).toEqual([{ flow: 'TrainFlow', user: 'ada', parameter: 'owner' }])
    expect(await bindParameters(TrainFlow, {}, { ...context, flow: 'Renamed' })).toMatchObject({
      owner: 'ada/Renamed/owner',
    })
    contexts.length = 0
    await bind(TrainFlow, { owner: 'me' })
    expect(contexts).toEqual([])
  })

  test('that cannot be computed, or are of the wrong type then, are problems', async () => {
    class Flow extends FlowSpec {
      throws = Parameter.string({
        default: () => {
          throw new Error('no such table')
        },
      })
      rejects = Parameter.string({ default: async () => Promise.reject(new Error('no network')) })
      wrong = Parameter.integer({ default: () => 1.5 })
      none = Parameter.string({ default: () => undefined as unknown as string })
    }
    expect(await messagesOf(() => bind(Flow))).toEqual([
      'PARAMETER_DEFAULT_FAILED: The default of throws could not be computed: no such table',
      'PARAMETER_DEFAULT_FAILED: The default of rejects could not be computed: no network',
      'PARAMETER_DEFAULT_INVALID: The default of wrong is 1.5; allowed is a whole number (at most 2^53).',
      'PARAMETER_DEFAULT_INVALID: The default of none is undefined; allowed is text.',
    ])
  })
})

describe('schemas', () => {
  const point = z.object({ x: z.number(), label: z.string().default('p') })
  class Flow extends FlowSpec {
    point = Parameter.of(point, { default: { x: 1 } })
    word = Parameter.of(z.string())
    size = Parameter.of(z.number().int())
    any = Parameter.of(z.union([z.string(), z.number()]))
    length = Parameter.of(
      v.pipe(
        v.string(),
        v.transform((text) => text.length),
      ),
    )
    sizes = Parameter.of(z.array(z.number()), { separator: ',' })
    words = Parameter.of(z.array(z.string()), { separator: ',', default: ['a'] })
    own = Parameter.of(z.number().default(3))
    slow = Parameter.of(z.string().refine(async (text) => Promise.resolve(text !== 'no'), 'must not be no'))
  }

  test('are offered the text, then its JSON', async () => {
    const texts = {
      point: '{"x": 2}',
      word: '5',
      size: '5',
      any: '5',
      length: 'abc',
      sizes: '1,2.5',
      words: '1,b',
      own: '4',
      slow: 'yes',
    }
    expect(await bind(Flow, texts)).toEqual({
      point: { x: 2, label: 'p' },
      word: '5',
      size: 5,
      any: '5',
      length: 3,
      sizes: [1, 2.5],
      words: ['1', 'b'],
      own: 4,
      slow: 'yes',
    })
  })

  test('transform defaults, and may have a value for nothing', async () => {
    expect(await bind(Flow)).toEqual({
      point: { x: 1, label: 'p' },
      word: undefined,
      size: undefined,
      any: undefined,
      length: undefined,
      sizes: undefined,
      words: ['a'],
      own: 3,
      slow: undefined,
    })
  })

  test('list their issues with the paths', async () => {
    expect(await messagesOf(() => bind(Flow, { point: '{"x": "a", "label": 1}', size: '1.5', slow: 'no' }))).toEqual([
      `PARAMETER_SCHEMA_FAILED: --point: '{"x": "a", "label": 1}' is not valid:\n` +
        '  at x: Invalid input: expected number, received string\n' +
        '  at label: Invalid input: expected string, received number',
      "PARAMETER_SCHEMA_FAILED: --size: '1.5' is not valid:\n  Invalid input: expected int, received number",
      "PARAMETER_SCHEMA_FAILED: --slow: 'no' is not valid:\n  must not be no",
    ])
  })

  test('of valibot list theirs as well', async () => {
    class Valibot extends FlowSpec {
      data = Parameter.of(v.object({ rows: v.array(v.object({ id: v.number() })) }), { required: true })
    }
    expect(await bind(Valibot, { data: '{"rows":[{"id":1}]}' })).toEqual({ data: { rows: [{ id: 1 }] } })
    expect(await messagesOf(() => bind(Valibot, { data: '{"rows":[{"id":1},{"id":"b"}]}' }))).toEqual([
      `PARAMETER_SCHEMA_FAILED: --data: '{"rows":[{"id":1},{"id":"b"}]}' is not valid:\n  at rows[1].id: Invalid type: Expected number but received "b"`,
    ])
  })

  test('that were to get JSON and did not say where it breaks off', async () => {
    const [message] = await messagesOf(() => bind(Flow, { point: '{"x": }' }))
    expect(message).toContain('it is not JSON either: it breaks off at line 1, column 7, before "}"')
  })

  test('that throw are problems, not crashes', async () => {
    class Throwing extends FlowSpec {
      rate = Parameter.of(
        z.string().transform((): number => {
          throw new Error('bug in the schema')
        }),
      )
    }
    expect((await messagesOf(() => bind(Throwing, { rate: 'x' })))[0]).toContain('the schema threw: bug in the schema')
  })
})

describe('files', () => {
  class Flow extends FlowSpec {
    table = IncludeFile.text({ default: 'data.csv' })
    word = IncludeFile.text({ encoding: 'latin1' })
    image = IncludeFile.bytes()
    computed = IncludeFile.bytes({ default: () => 'latin.txt' })
  }

  test('are read when a run starts', async () => {
    expect(await bind(Flow, { word: 'latin.txt', image: 'data.csv' })).toEqual({
      table: 'a,b\n1,é\n',
      word: 'café',
      image: FILES['data.csv'],
      computed: FILES['latin.txt'],
    })
    expect(await bind(Flow)).toMatchObject({ word: undefined, image: undefined })
  })

  test('that cannot be read, or are no text, are problems', async () => {
    const problems = await problemsOf(() => bind(Flow, { table: 'latin.txt', image: 'nofile.csv' }))
    expect(problems.map((one) => one.message)).toEqual([
      "--table: the file 'latin.txt' is not text in the encoding utf-8.",
      "--image: the file 'nofile.csv' cannot be read: there is no such file.",
    ])
    expect(problems[1]?.cause).toMatchObject({ code: 'ENOENT' })
    const broken = { ...context, readFile: async () => Promise.reject(new Error('disk on fire')) }
    expect((await messagesOf(() => bindParameters(Flow, {}, broken)))[0]).toBe(
      "PARAMETER_FILE_UNREADABLE: the default of table: the file 'data.csv' cannot be read: disk on fire.",
    )
  })
})

describe('problems', () => {
  class Flow extends FlowSpec {
    creature = Parameter.string({ required: true })
    maxDepth = Parameter.integer({ required: true })
    rate = Parameter.number({ default: 0.5 })
  }

  test('are reported all at once', async () => {
    expect(await messagesOf(() => bind(Flow, { rate: 'x', colour: 'red', maxDepth: 'y' }))).toEqual([
      'PARAMETER_UNKNOWN: The flow has no parameter --colour. Its parameters: --creature, --max-depth, --rate.',
      'PARAMETER_MISSING: The parameter --creature is required, and has no value.',
      "PARAMETER_VALUE_INVALID: --maxDepth: 'y' is not allowed; allowed is a whole number (at most 2^53).",
      "PARAMETER_VALUE_INVALID: --rate: 'x' is not allowed; allowed is a finite number, like 3, -0.5 or 1e-3.",
    ])
  })

  test('say how to give what is missing', async () => {
    const problems = await problemsOf(() => bind(Flow))
    expect(problems.map((one) => one.fix)).toEqual([
      'Give --creature VALUE, or set FLOWCTL_RUN_CREATURE.',
      'Give --max-depth VALUE, or set FLOWCTL_RUN_MAX_DEPTH.',
    ])
  })

  test('of the flow itself come before those of the values', async () => {
    class Broken extends FlowSpec {
      rate = ((): number => {
        throw new Error('no')
      })()
    }
    expect(await messagesOf(() => bind(Broken))).toEqual([expect.stringMatching(/^FLOW_CONSTRUCTION_FAILED/)])
  })
})

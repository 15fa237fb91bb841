import {
  constructFlow,
  describeFlow,
  FlowSpec,
  IncludeFile,
  Parameter,
  RESERVED_OPTIONS,
  type FlowClass,
} from '@flowctl/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DIALECTS, fieldsOf, flowFrom } from './dialects.ts'
import { messagesOf, problemsOf } from './problems.ts'

const described = (flow: FlowClass) => describeFlow(flow).parameters
const fields = (flow: FlowClass) => described(flow).map((one) => one.field)

describe('parameters are described', () => {
  test('with all that the command line needs', () => {
    class Flow extends FlowSpec {
      animal = Parameter.string({ required: true, help: 'Specify an animal' })
      maxDepth = Parameter.integer({ default: 3 })
      learningRate = Parameter.number({ default: 0.5, name: 'rate' })
      dryRun = Parameter.boolean({ default: false, showDefault: false })
      weights = Parameter.json({ default: { a: [1, 2] } })
      kinds = Parameter.string({ default: ['a', 'b'], separator: ';' })
      point = Parameter.of(z.object({ x: z.number() }))
      day = Parameter.string({ default: () => 'today' })
      table = IncludeFile.text({ default: 'data.csv' })
      image = IncludeFile.bytes()
    }
    expect(described(Flow)).toEqual([
      {
        field: 'animal',
        option: 'animal',
        variable: 'FLOWCTL_RUN_ANIMAL',
        kind: 'string',
        help: 'Specify an animal',
        required: true,
      },
      plain('maxDepth', 'max-depth', 'integer', { defaultText: '3' }),
      plain('learningRate', 'rate', 'number', { defaultText: '0.5' }),
      plain('dryRun', 'dry-run', 'boolean', {}),
      plain('weights', 'weights', 'json', { defaultText: '{"a":[1,2]}' }),
      plain('kinds', 'kinds', 'string', { defaultText: 'a;b', separator: ';' }),
      plain('point', 'point', 'schema', {}),
      plain('day', 'day', 'string', { defaultText: '(computed)' }),
      plain('table', 'table', 'file-text', { defaultText: 'data.csv' }),
      plain('image', 'image', 'file-bytes', {}),
    ])
  })

  test.each([
    ['trees', 'trees', 'TREES'],
    ['maxDepth', 'max-depth', 'MAX_DEPTH'],
    ['numCPU', 'num-cpu', 'NUM_CPU'],
    ['CPUCount', 'cpu-count', 'CPU_COUNT'],
    ['max_depth', 'max-depth', 'MAX_DEPTH'],
    ['_private', 'private', 'PRIVATE'],
    ['k2Means', 'k2-means', 'K2_MEANS'],
    ['x', 'x', 'X'],
  ])('the field %s is the option --%s', (field, option, variable) => {
    class Flow extends FlowSpec {
      constructor() {
        super()
        Object.assign(this, { [field]: Parameter.string() })
      }
    }
    expect(described(Flow)).toMatchObject([{ field, option, variable: `FLOWCTL_RUN_${variable}` }])
  })

  test.each(DIALECTS)('base classes first, in the order of the fields (%s dialect)', async (dialect) => {
    const flow = await flowFrom(
      `class Base extends FlowSpec { z = Parameter.string(); a = Parameter.string({ default: 'base' }) }
       class Flow extends Base { m = Parameter.string(); @step start() {} }`,
      dialect,
    )
    expect(fields(flow)).toEqual(['z', 'a', 'm'])
  })

  test('once where a flow declares a parameter of its base class again: the last one counts', () => {
    class Base extends FlowSpec {
      rate = Parameter.number({ default: 1 })
      doubled = this.rate * 2
      last = Parameter.string()
    }
    class Flow extends Base {
      override rate = Parameter.number({ default: 2 })
      override last = Parameter.string({ default: 'b' })
    }
    expect(described(Flow)).toMatchObject([
      { field: 'rate', defaultText: '2' },
      { field: 'last', defaultText: 'b' },
    ])
    expect(fieldsOf(constructFlow(Flow, { rate: 5, last: 'c' }))).toEqual({ rate: 5, doubled: 10, last: 'c' })
  })

  test('with artifacts between them, and with copies of them', () => {
    class Flow extends FlowSpec {
      before = 1
      trees = Parameter.integer({ default: 50 })
      copy = this.trees
      label = `${this.trees} trees`
      after = Parameter.integer({ default: 1 })
    }
    expect(fields(Flow)).toEqual(['trees', 'after'])
  })
})

describe('field initializers that compute with parameters', () => {
  test('do not keep a flow from being described', () => {
    let constructed = 0
    class Flow extends FlowSpec {
      names = Parameter.string({ default: 'a,b', separator: ',' })
      upper = this.names.map((name) => name.toUpperCase())
      word = Parameter.string()
      trimmed = this.word!.trim()
      shape = Parameter.json<{ sizes: number[] }>({ required: true })
      first = this.shape.sizes.map((size) => size * 2)[0]!.toFixed(2)
      table = IncludeFile.text({ required: true })
      lines = this.table.split('\n')
      bytes = IncludeFile.bytes({ required: true })
      head = this.bytes.subarray(0, 4)
      point = Parameter.of(z.object({ x: z.number().array() }), { required: true })
      sum = [...this.point.x].reduce((sum, one) => sum + one, 0)
      when = Parameter.string({ default: () => '2026-11-23' })
      year = this.when.slice(0, 4)
      count = Parameter.integer({ default: 3 })
      list = new Array<number>(this.count).fill(0)
      last = Parameter.boolean({ default: true })
      made = ++constructed
    }
    expect(fields(Flow)).toEqual(['names', 'word', 'shape', 'table', 'bytes', 'point', 'when', 'count', 'last'])
    expect(constructed).toBe(1)
  })

  test('see the defaults, through their schema', () => {
    const seen: unknown[] = []
    class Flow extends FlowSpec {
      rates = Parameter.of(
        z.string().transform((text) => text.split('-').map(Number)),
        { default: '1-2' },
      )
      doubled = this.rates.map((rate) => seen.push(rate))
      async = Parameter.of(
        z.string().refine(async () => Promise.resolve(true)),
        { default: 'raw' },
      )
      letters = seen.push(this.async.toUpperCase())
    }
    expect(fields(Flow)).toEqual(['rates', 'async'])
    expect(seen).toEqual([1, 2, 1, 2, 'RAW'])
  })

  test('that throw for a reason of their own are reported with their place', async () => {
    class Flow extends FlowSpec {
      trees = Parameter.integer({ default: 5 })
      ok = this.trees + 1
      broken = ((): number => {
        throw new TypeError('no network')
      })()
      later = Parameter.integer()
    }
    const [problem, ...more] = await problemsOf(() => describeFlow(Flow))
    expect(more).toEqual([])
    expect(problem).toMatchObject({
      code: 'FLOW_CONSTRUCTION_FAILED',
      message: "Flow could not be constructed: after the field 'ok' was set, it threw: no network",
      cause: expect.any(TypeError) as unknown,
    })
  })

  test('that throw at once are reported too', async () => {
    class Flow extends FlowSpec {
      broken = ((): number => {
        throw new Error('no')
      })()
    }
    expect(await messagesOf(() => describeFlow(Flow))).toEqual([
      'FLOW_CONSTRUCTION_FAILED: Flow could not be constructed: before its first field was set, it threw: no',
    ])
  })
})

describe('declarations that are wrong', () => {
  /** Describes a flow of one field, written as JavaScript would. */
  const messages = (make: (parameter: Record<string, (...args: unknown[]) => unknown>) => unknown) =>
    messagesOf(() => {
      const factories = { ...Parameter, ...IncludeFile } as unknown as Record<string, (...args: unknown[]) => unknown>
      class Flow extends FlowSpec {
        rate = make(factories)
      }
      describeFlow(Flow)
    })

  test.each<[string, unknown, string, string]>([
    ['integer', 1.5, '1.5', 'a whole number (at most 2^53)'],
    ['integer', '1', "'1'", 'a whole number (at most 2^53)'],
    ['number', Number.NaN, 'NaN', 'a finite number, like 3, -0.5 or 1e-3'],
    ['string', 5, '5', 'text'],
    ['string', ['a'], '["a"]', 'text'],
    ['string', null, 'null', 'text'],
    ['boolean', 'yes', "'yes'", 'true, 1, yes, false, 0 or no'],
    ['json', Symbol('s'), 'Symbol(s)', 'a JSON value'],
    ['json', 10n, '10n', 'a JSON value'],
    ['text', '', "''", 'the path of a file'],
    ['bytes', new Uint8Array(3), '3 bytes', 'the path of a file'],
  ])('Parameter.%s with the default %s', async (factory, value, given, allowed) => {
    expect(await messages((make) => make[factory]!({ default: value }))).toEqual([
      `PARAMETER_DEFAULT_INVALID: The default of rate is ${given}; allowed is ${allowed}.`,
    ])
  })

  test.each<[string, unknown, string]>([
    [
      'an unknown option',
      { defualt: 1 },
      "PARAMETER_OPTION_UNKNOWN: Parameter.integer for rate has no option 'defualt'. It has: default, help, required, name, showDefault.",
    ],
    [
      'a separator for a number',
      { separator: ',' },
      "PARAMETER_OPTION_UNKNOWN: Parameter.integer for rate has no option 'separator'. It has: default, help, required, name, showDefault.",
    ],
    [
      'a help that is no text',
      { help: 5 },
      "PARAMETER_OPTION_INVALID: The parameter rate: 'help' is 5; allowed is text.",
    ],
    [
      'required that is no boolean',
      { required: 'yes' },
      "PARAMETER_OPTION_INVALID: The parameter rate: 'required' is 'yes'; allowed is true or false.",
    ],
    [
      'a default, though it is required',
      { required: true, default: 3 },
      'PARAMETER_REQUIRED_WITH_DEFAULT: The parameter rate is required and has a default; a parameter with a default always has a value.',
    ],
    [
      'no object of options',
      5,
      'PARAMETER_OPTIONS_INVALID: Parameter.integer for rate was given 5; it takes an object of options.',
    ],
  ])('%s', async (_, options, message) => {
    expect(await messages((make) => make['integer']!(options))).toEqual([message])
  })

  test('an empty separator, and an unknown encoding', async () => {
    expect(await messages((make) => make['string']!({ separator: '' }))).toEqual([
      "PARAMETER_OPTION_INVALID: The parameter rate: 'separator' is ''; allowed is one or more characters.",
    ])
    expect(await messages((make) => make['text']!({ encoding: 'utf-9' }))).toEqual([
      "PARAMETER_OPTION_INVALID: The parameter rate: 'encoding' is 'utf-9'; allowed is an encoding that TextDecoder knows, like utf-8 or latin1.",
    ])
  })

  test('something that is no schema', async () => {
    expect(await messages((make) => make['of']!(Number))).toEqual([
      'PARAMETER_SCHEMA_INVALID: Parameter.of for rate was given the function Number, which is no Standard Schema (version 1).',
    ])
  })

  test('a default that its schema does not accept', async () => {
    const schema = z.object({ sizes: z.array(z.number()), name: z.string() })
    expect(await messages((make) => make['of']!(schema, { default: { sizes: [1, 'b'], name: 1 } }))).toEqual([
      'PARAMETER_SCHEMA_FAILED: the default of rate: {"sizes":[1,"b"],"name":1} is not valid:\n' +
        '  at sizes[1]: Invalid input: expected number, received string\n' +
        '  at name: Invalid input: expected string, received number',
    ])
  })

  test('names that the command line keeps for itself', async () => {
    for (const name of [...RESERVED_OPTIONS, 'Max-Workers', 'max_workers']) {
      const [message] = await messages((make) => make['string']!({ name }))
      expect(message).toMatch(/^PARAMETER_NAME_RESERVED: The parameter rate would be --/)
    }
    for (const name of ['tag', 'maxWorkers', 'datastore', 'noColor']) {
      class Flow extends FlowSpec {
        constructor() {
          super()
          Object.assign(this, { [name]: Parameter.string() })
        }
      }
      expect((await problemsOf(() => describeFlow(Flow))).map((one) => one.code)).toEqual(['PARAMETER_NAME_RESERVED'])
    }
  })

  test('names that are no option', async () => {
    for (const name of ['max depth', '-x', 'a=b', '9lives', 'a--b', '']) {
      expect(await messages((make) => make['string']!({ name }))).not.toEqual([])
    }
    class Flow extends FlowSpec {
      größe = Parameter.integer({ default: 1 })
    }
    expect(await messagesOf(() => describeFlow(Flow))).toEqual([
      'PARAMETER_NAME_INVALID: The parameter größe would be the option --größe; allowed are letters and digits, with single dashes inside.',
    ])
  })

  test('names that differ in case and dashes only', async () => {
    class Flow extends FlowSpec {
      maxDepth = Parameter.integer()
      max_depth = Parameter.integer()
      other = Parameter.integer({ name: 'MAX-DEPTH' })
    }
    expect(await messagesOf(() => describeFlow(Flow))).toEqual([
      'PARAMETER_NAME_TAKEN: The parameters maxDepth (--max-depth) and max_depth (--max-depth) have the same name; case and dashes do not count.',
      'PARAMETER_NAME_TAKEN: The parameters maxDepth (--max-depth) and other (--MAX-DEPTH) have the same name; case and dashes do not count.',
    ])
  })

  test('parameters that no public field holds', async () => {
    class Flow extends FlowSpec {
      #secret = Parameter.string({ default: 'a' })
      both = { rate: Parameter.integer() }
      use() {
        return this.#secret
      }
    }
    expect(await messagesOf(() => describeFlow(Flow))).toEqual([
      'PARAMETER_NOT_A_FIELD: Flow calls Parameter.string, but no field of it holds the parameter.',
      'PARAMETER_NOT_A_FIELD: Flow calls Parameter.integer, but no field of it holds the parameter.',
    ])
  })

  test('parameters outside of a flow, static ones, and flows made by hand', async () => {
    class Flow extends FlowSpec {
      rate = Parameter.integer({ default: 1 })
    }
    const outside = [
      () => Parameter.integer({ default: 1 }),
      () =>
        class extends FlowSpec {
          static rate = Parameter.integer()
        },
      () => new Flow(),
    ]
    for (const use of outside) {
      expect(await messagesOf(use)).toEqual([
        'PARAMETER_OUTSIDE_FLOW: Parameter.integer was called outside of a flow that flowctl constructs.',
      ])
    }
  })

  test('members that hide those of FlowSpec, and fields that hide a step', async () => {
    const flow = await flowFrom(
      `class Flow extends FlowSpec {
        input = 5
        index
        work
        next() {}
        @step work() {}
      }`,
      'standard',
    )
    expect((await messagesOf(() => describeFlow(flow))).sort()).toEqual([
      "FLOW_MEMBER_HIDDEN: The flow has a member named 'input', which hides the one of FlowSpec.",
      "FLOW_MEMBER_HIDDEN: The flow has a member named 'next', which hides the one of FlowSpec.",
      "STEP_HIDDEN: A field named 'work' hides the step 'work'.",
    ])
  })
})

function plain(field: string, option: string, kind: string, more: object): object {
  const variable = `FLOWCTL_RUN_${option.toUpperCase().replaceAll('-', '_')}`
  return { field, option, variable, kind, help: '', required: false, ...more }
}

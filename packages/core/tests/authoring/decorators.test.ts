import * as core from '@flowctl/core'
import { describeFlow } from '@flowctl/core'
import { describe, expect, test } from 'vitest'
import { DIALECTS, flowFrom } from './dialects.ts'
import { messagesOf, problemsOf } from './problems.ts'

describe.each(DIALECTS)('decorators, %s dialect', (dialect) => {
  const stepsOf = async (body: string) => {
    const flow = await flowFrom(`class Flow extends FlowSpec { ${body} }`, dialect)
    return Object.fromEntries(describeFlow(flow).steps.map((step) => [step.name, step]))
  }
  const messages = async (body: string) =>
    messagesOf(async () => describeFlow(await flowFrom(`class Flow extends FlowSpec { ${body} }`, dialect)))

  test('stand bare, called, and with options', async () => {
    const steps = await stepsOf(`
      @step bare() {}
      @step() called() {}
      @step({ start: true }) first() {}
      @step({ end: true }) last() {}
      @step({ start: true, end: true }) both() {}
      notAStep() {}
    `)
    expect(Object.values(steps).map(({ name, start, end }) => [name, start, end])).toEqual([
      ['bare', false, false],
      ['called', false, false],
      ['first', true, false],
      ['last', false, true],
      ['both', true, true],
    ])
  })

  test('keep their options, with the defaults filled in, in any order', async () => {
    const steps = await stepsOf(`
      @retry @step a() {}
      @step @retry() b() {}
      @retry({ times: 0 }) @step c() {}
      @step @retry({ times: 5, minutesBetweenRetries: 0.5, backoff: 2 }) d() {}
      @catchError @step e() {}
      @timeout({ hours: 1, minutes: 2, seconds: 3.5 }) @catchError({ var: 'failure' }) @step f() {}
      @resources({ cpu: 0.5, memory: 2048, gpu: 0, pool: 'big-1' }) @step g() {}
      @environment({ vars: { LANG: 'C', EMPTY: '' } }) @step h() {}
      @concurrent(50) @step i() {}
      @step @concurrent({ tasks: 1 }) j() {}
    `)
    expect(Object.fromEntries(Object.values(steps).map((one) => [one.name, one.decorators]))).toEqual({
      a: { retry: { times: 3, minutesBetweenRetries: 0, backoff: 1 } },
      b: { retry: { times: 3, minutesBetweenRetries: 0, backoff: 1 } },
      c: { retry: { times: 0, minutesBetweenRetries: 0, backoff: 1 } },
      d: { retry: { times: 5, minutesBetweenRetries: 0.5, backoff: 2 } },
      e: { catchError: {} },
      f: { timeout: { seconds: 3723.5 }, catchError: { var: 'failure' } },
      g: { resources: { cpu: 0.5, memory: 2048, gpu: 0, pool: 'big-1' } },
      h: { environment: { vars: { LANG: 'C', EMPTY: '' } } },
      i: { concurrent: { tasks: 50 } },
      j: { concurrent: { tasks: 1 } },
    })
  })

  test('leave the methods as they are', async () => {
    const flow = await flowFrom(
      'const seen = []; class Flow extends FlowSpec { static seen = seen; @retry @step work() { seen.push(1) } }',
      dialect,
    )
    ;(flow.prototype as unknown as { work(): void }).work()
    expect((flow as unknown as { seen: number[] }).seen).toEqual([1])
    expect(Object.getOwnPropertyDescriptor(flow.prototype, 'work')).toMatchObject({ enumerable: false, writable: true })
    expect(flow.prototype).toHaveProperty('work.name', 'work')
  })

  test.each([
    ['@retry({ times: -1 })', "'times' is -1; allowed is a whole number from 0 to 100."],
    ['@retry({ times: 1.5 })', "'times' is 1.5; allowed is a whole number from 0 to 100."],
    ["@retry({ times: '3' })", "'times' is '3'; allowed is a whole number from 0 to 100."],
    ['@retry({ times: 101 })', "'times' is 101; allowed is a whole number from 0 to 100."],
    ['@retry({ minutesBetweenRetries: NaN })', "'minutesBetweenRetries' is NaN; allowed is a number, 0 or more."],
    [
      '@retry({ minutesBetweenRetries: Infinity })',
      "'minutesBetweenRetries' is Infinity; allowed is a number, 0 or more.",
    ],
    ['@retry({ backoff: 0.5 })', "'backoff' is 0.5; allowed is a number, 1 or more."],
    ["@catchError({ var: 'no name' })", "'var' is 'no name'; allowed is the name of a field, like 'failure'."],
    ['@catchError({ var: 3 })', "'var' is 3; allowed is the name of a field, like 'failure'."],
    ['@concurrent(0)', "'tasks' is 0; allowed is a whole number from 1 to 1000."],
    ['@concurrent(1001)', "'tasks' is 1001; allowed is a whole number from 1 to 1000."],
    ["@concurrent('50')", "'tasks' is '50'; allowed is a whole number from 1 to 1000."],
    ['@concurrent(null)', "'tasks' is null; allowed is a whole number from 1 to 1000."],
    ['@timeout({ minutes: -5 })', "'minutes' is -5; allowed is a number, 0 or more."],
    ['@resources({ cpu: 0 })', "'cpu' is 0; allowed is a number above 0."],
    ["@resources({ memory: '4 GB' })", "'memory' is '4 GB'; allowed is a number above 0."],
    ['@resources({ gpu: 0.5 })', "'gpu' is 0.5; allowed is a whole number, 0 or more."],
    ["@resources({ pool: '' })", `'pool' is ''; allowed is a name of letters, digits, "-", "_" and ".", like 'gpu'.`],
    [
      '@environment({ vars: { N: 1 } })',
      `'vars' is {"N":1}; allowed is an object of strings by variable name, like { LANG: 'C' }.`,
    ],
    [
      "@environment({ vars: { 'A=B': 'x' } })",
      `'vars' is {"A=B":"x"}; allowed is an object of strings by variable name, like { LANG: 'C' }.`,
    ],
    [
      "@environment({ vars: ['A'] })",
      `'vars' is ["A"]; allowed is an object of strings by variable name, like { LANG: 'C' }.`,
    ],
  ])('%s is refused', async (decorator, problem) => {
    const name = /\w+/.exec(decorator)![0]
    expect(await messages(`${decorator} @step work() {}`)).toEqual([
      `DECORATOR_OPTION_INVALID: @${name} on work: ${problem}`,
    ])
  })

  test.each([
    [
      '@step({ first: true }) work() {}',
      "DECORATOR_OPTION_UNKNOWN: @step on work has no option 'first'. It has: start, end.",
    ],
    [
      "@step({ start: 'yes' }) work() {}",
      "DECORATOR_OPTION_INVALID: @step on work: 'start' is 'yes'; allowed is true or false.",
    ],
    ['@step(5) work() {}', 'DECORATOR_OPTIONS_INVALID: @step on work was given 5; it takes an object of options.'],
    [
      '@retry([3]) @step work() {}',
      'DECORATOR_OPTIONS_INVALID: @retry on work was given [3]; it takes an object of options.',
    ],
    [
      '@retry({ times: 1, minutes_between_retries: 2 }) @step work() {}',
      "DECORATOR_OPTION_UNKNOWN: @retry on work has no option 'minutes_between_retries'. It has: times, minutesBetweenRetries, backoff.",
    ],
    [
      '@retry({ toString: 1 }) @step work() {}',
      "DECORATOR_OPTION_UNKNOWN: @retry on work has no option 'toString'. It has: times, minutesBetweenRetries, backoff.",
    ],
    [
      '@timeout @step work() {}',
      'DECORATOR_OPTIONS_MISSING: @timeout on work has no options, and says nothing without.',
    ],
    [
      '@concurrent @step work() {}',
      'DECORATOR_OPTIONS_MISSING: @concurrent on work has no options, and says nothing without.',
    ],
    [
      '@concurrent({ max: 5 }) @step work() {}',
      "DECORATOR_OPTION_UNKNOWN: @concurrent on work has no option 'max'. It has: tasks.",
    ],
    [
      '@resources({}) @step work() {}',
      'DECORATOR_OPTIONS_MISSING: @resources on work has no options, and says nothing without.',
    ],
    [
      '@environment() @step work() {}',
      'DECORATOR_OPTIONS_MISSING: @environment on work has no options, and says nothing without.',
    ],
    [
      '@timeout({ seconds: 0, hours: 0 }) @step work() {}',
      'TIMEOUT_ZERO: @timeout on work: hours, minutes and seconds add up to 0; a timeout is longer than that.',
    ],
    ['@retry @step @retry({ times: 1 }) work() {}', "DECORATOR_DUPLICATE: The step 'work' has @retry more than once."],
    ['@step @step work() {}', "DECORATOR_DUPLICATE: The step 'work' has @step more than once."],
    [
      '@retry @timeout({ seconds: 1 }) work() {}',
      'DECORATOR_WITHOUT_STEP: The method work has @timeout, @retry, but is no step.',
    ],
    [
      '@step work = 1',
      'DECORATOR_MISPLACED: @step stands on work, which is a field; it belongs on a method of a flow.',
    ],
    [
      '@retry() static work() {}',
      'DECORATOR_MISPLACED: @retry stands on work, which is a static method; it belongs on a method of a flow.',
    ],
    [
      '@step static work = 1',
      'DECORATOR_MISPLACED: @step stands on work, which is a static field; it belongs on a method of a flow.',
    ],
  ])('%s is a problem', async (body, message) => {
    expect(await messages(body)).toEqual([message])
  })

  test('on an accessor or on a class are a problem', async () => {
    const [getter] = await messages('@step get work() { return 1 }')
    expect(getter).toMatch(/^DECORATOR_MISPLACED: @step stands on work, which is a(n accessor| getter)/)
    for (const decorator of ['@step', '@retry({ times: 1 })']) {
      const onClass = await messagesOf(async () =>
        describeFlow(await flowFrom(`${decorator} class Flow extends FlowSpec { @step start() {} }`, dialect)),
      )
      expect(onClass).toHaveLength(1)
      expect(onClass[0]).toMatch(
        /^DECORATOR_MISPLACED: @\w+ stands on \w+, which is a class; it belongs on a method of a flow\.$/,
      )
    }
  })

  test('report all their problems together', async () => {
    const problems = await problemsOf(async () =>
      describeFlow(
        await flowFrom(
          `class Flow extends FlowSpec {
            rate = Parameter.number({ default: 'high' })
            @step start() {}
            @retry({ times: -1, tiems: 2 }) @timeout({ seconds: 0 }) @step work() {}
            @retry alone() {}
            @step static no() {}
          }`,
          dialect,
        ),
      ),
    )
    expect(problems.map((problem) => problem.code).sort()).toEqual([
      'DECORATOR_MISPLACED',
      'DECORATOR_OPTION_INVALID',
      'DECORATOR_OPTION_UNKNOWN',
      'DECORATOR_WITHOUT_STEP',
      'PARAMETER_DEFAULT_INVALID',
      'TIMEOUT_ZERO',
    ])
    for (const problem of problems) {
      expect(problem.exit).toBe(2)
      expect(problem.fix).not.toBe('')
    }
  })

  test('of a base class are inherited with its steps; an override brings its own', async () => {
    const flow = await flowFrom(
      `class Base extends FlowSpec {
        @step start() {}
        @retry({ times: 1 }) @step work() {}
        @step end() {}
      }
      class Flow extends Base {
        @timeout({ seconds: 5 }) @step work() {}
        @step more() {}
      }`,
      dialect,
    )
    expect(describeFlow(flow).steps.map(({ name, decorators }) => [name, decorators])).toEqual([
      ['start', {}],
      ['work', { timeout: { seconds: 5 } }],
      ['end', {}],
      ['more', {}],
    ])
    const base = Object.getPrototypeOf(flow) as core.FlowClass
    expect(describeFlow(base).steps.map(({ name }) => name)).toEqual(['start', 'work', 'end'])
    expect(describeFlow(base).steps[1]?.decorators).toEqual({
      retry: { times: 1, minutesBetweenRetries: 0, backoff: 1 },
    })
  })

  test('an override without @step is a problem', async () => {
    const flow = await flowFrom(
      'class Base extends FlowSpec { @step start() {} } class Flow extends Base { start() {} }',
      dialect,
    )
    expect(await messagesOf(() => describeFlow(flow))).toEqual([
      "STEP_OVERRIDE_BARE: Flow overrides the step 'start' with a method that has no @step.",
    ])
  })
})

test('a private step of the standard dialect is a problem', async () => {
  const flow = await flowFrom('class Flow extends FlowSpec { @step #work() {} @step static #other() {} }', 'standard')
  expect((await messagesOf(() => describeFlow(flow))).sort()).toEqual([
    'DECORATOR_MISPLACED: @step stands on #other, which is a static private method; it belongs on a method of a flow.',
    'DECORATOR_MISPLACED: @step stands on #work, which is a private method; it belongs on a method of a flow.',
  ])
})

test('a decorator of the user nearest to the method does no harm', async () => {
  const flow = await flowFrom(
    `const logged = (method) => function (...args) { return method.apply(this, args) }
     class Flow extends FlowSpec { @retry @step @logged start() {} }`,
    'standard',
  )
  expect(describeFlow(flow).steps[0]).toMatchObject({ name: 'start', decorators: { retry: { times: 3 } } })
})

test('one that is called like a function says so', async () => {
  const called = core.retry({ times: 2 }) as (value: unknown) => void
  expect(await messagesOf(() => called(5))).toEqual([
    'DECORATOR_CALLED: retry(...) was called as a function; it is a decorator for the methods of a flow.',
  ])
})

import { constructFlow, describeFlow, flowClassOf, FlowSpec, Parameter, step } from '@flowctl/core'
import { describe, expect, test } from 'vitest'
import { DIALECTS, fieldsOf, flowFrom } from './dialects.ts'
import { messagesOf } from './problems.ts'

describe('an instance for a task', () => {
  class Flow extends FlowSpec {
    before = 1
    trees = Parameter.integer({ default: 50 })
    doubled = this.trees * 2
    names = Parameter.string({ default: 'a,b', separator: ',' })
    upper = this.names.map((name) => name.toUpperCase())
    optional = Parameter.string()
    #count = this.trees
    later!: string
    @step start() {}
    count() {
      return this.#count
    }
  }

  test('has its parameters while its fields are initialised', () => {
    const flow = constructFlow(Flow, { trees: 7, names: ['x', 'y', 'z'] }) as Flow
    expect(flow).toBeInstanceOf(Flow)
    expect(fieldsOf(flow)).toEqual({
      before: 1,
      trees: 7,
      doubled: 14,
      names: ['x', 'y', 'z'],
      upper: ['X', 'Y', 'Z'],
      optional: undefined,
      later: undefined,
    })
    expect(flow.count()).toBe(7)
  })

  test('is one of its own every time', () => {
    const one = constructFlow(Flow, { trees: 1, names: [] }) as Flow
    const two = constructFlow(Flow, { trees: 2, names: [] }) as Flow
    expect([one.doubled, two.doubled]).toEqual([2, 4])
    expect(one.upper).not.toBe(two.upper)
  })

  test.each(DIALECTS)('inherits, in the %s dialect', async (dialect) => {
    const flow = await flowFrom(
      `class Base extends FlowSpec { a = Parameter.integer({ default: 1 }); b = this.a + 1 }
       class Flow extends Base { c = Parameter.integer({ default: 2 }); d = this.a + this.c; @step start() {} }`,
      dialect,
    )
    expect(fieldsOf(constructFlow(flow, { a: 10, c: 20 }))).toEqual({ a: 10, b: 11, c: 20, d: 30 })
  })

  test('throws what an initializer throws, and the next one is fine', () => {
    class Fussy extends FlowSpec {
      rate = Parameter.number({ default: 1 })
      inverse = ((): number => {
        if (this.rate === 0) throw new RangeError('rate must not be 0')
        return 1 / this.rate
      })()
    }
    expect(() => constructFlow(Fussy, { rate: 0 })).toThrow(new RangeError('rate must not be 0'))
    expect(constructFlow(Fussy, { rate: 4 })).toMatchObject({ inverse: 0.25 })
    expect(() => Parameter.integer()).toThrow('Parameter.integer was called outside')
  })

  test('may make another flow while it is made', () => {
    class Inner extends FlowSpec {
      size = Parameter.integer({ default: 3 })
    }
    class Outer extends FlowSpec {
      inner = (constructFlow(Inner, { size: 9 }) as Inner).size
      rate = Parameter.integer({ default: 4 })
    }
    expect(fieldsOf(constructFlow(Outer, { rate: 5 }))).toEqual({ inner: 9, rate: 5 })
    expect(describeFlow(Outer).parameters.map((one) => one.field)).toEqual(['rate'])
  })

  test('of a flow that cannot be constructed is refused', async () => {
    class Broken extends FlowSpec {
      both = { rate: Parameter.integer() }
    }
    expect(await messagesOf(() => constructFlow(Broken, {}))).toEqual([expect.stringMatching(/^PARAMETER_NOT_A_FIELD/)])
  })
})

describe('the flow of a module', () => {
  class HelloFlow extends FlowSpec {}
  class OtherFlow extends FlowSpec {}

  test('is found by its export, by its class name, or as the default', () => {
    expect(flowClassOf({ HelloFlow, OtherFlow }, 'OtherFlow')).toBe(OtherFlow)
    expect(flowClassOf({ a: OtherFlow, b: HelloFlow }, 'HelloFlow')).toBe(HelloFlow)
    expect(flowClassOf({ default: HelloFlow, helper: 1 }, 'RenamedByABundler')).toBe(HelloFlow)
    expect(flowClassOf({ HelloFlow: 5, default: HelloFlow }, 'HelloFlow')).toBe(HelloFlow)
  })

  test('is missing when it is not exported', async () => {
    expect(await messagesOf(() => flowClassOf({ helper: 1, Base: FlowSpec }, 'HelloFlow'))).toEqual([
      'FLOW_CLASS_MISSING: The file does not export the flow HelloFlow; its exports are: helper, Base.',
    ])
  })

  test('keeps the name it was asked for', () => {
    expect(describeFlow(HelloFlow, 'Renamed').flow).toBe('Renamed')
    expect(describeFlow(HelloFlow).flow).toBe('HelloFlow')
  })
})

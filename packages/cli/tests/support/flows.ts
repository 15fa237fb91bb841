/** Three steps in a row. */
export const HELLO = `import { FlowSpec, step } from 'flowctl'

/** A flow that says hello. */
export default class HelloFlow extends FlowSpec {
  word!: string

  /** Starting point. */
  @step start() {
    this.word = 'World'
    this.next(this.hello)
  }

  @step hello() {
    console.log('Hello ' + this.word + '!')
    console.error('careful')
    this.next(this.end)
  }

  /** Finish line. */
  @step end() {}
}
`

export const PARAMETERS = `import { FlowSpec, Parameter, step } from 'flowctl'

export default class ParameterFlow extends FlowSpec {
  creature = Parameter.string({ help: 'An animal', required: true })
  numLegs = Parameter.integer({ help: 'Its legs', default: 4 })
  fast = Parameter.boolean({ default: false })
  vector = Parameter.json<number[]>({ default: [1, 2] })

  @step start() {
    console.log(this.creature, this.numLegs, this.fast, this.vector)
    this.next(this.end)
  }

  @step end() {}
}
`

/** One of three tasks fails as long as \`BROKEN\` is set. */
export const DIVIDE = `import { FlowSpec, retry, step, type Inputs } from 'flowctl'

export default class DivideFlow extends FlowSpec<number> {
  items = [1, 0, 4]
  result!: number
  results!: number[]

  @step start() {
    this.next(this.divide, { foreach: 'items' })
  }

  @retry({ times: 1 })
  @step
  divide() {
    console.log('dividing by', this.input)
    if (this.input === 0 && process.env.BROKEN) throw new RangeError('no zero, please')
    this.result = 12 / (this.input || 12)
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.results = inputs.map((input) => input.result)
    this.next(this.end)
  }

  @step end() {}
}
`

/** Two problems that the checks find. */
export const BROKEN = `import { FlowSpec, step } from 'flowctl'

export default class BrokenFlow extends FlowSpec {
  @step start() {
    this.next(this.nowhere)
  }

  @step middle() {
    console.log('no transition')
  }

  @step end() {}
}
`

/** Says when it has begun, then sleeps. */
export const SLEEP = `import { setTimeout } from 'node:timers/promises'
import { FlowSpec, step } from 'flowctl'

export default class SleepFlow extends FlowSpec {
  @step start() {
    this.next(this.sleep)
  }

  @step async sleep() {
    console.log('sleeping')
    await setTimeout(60_000)
    this.next(this.end)
  }

  @step end() {}
}
`

export const VALUES = `import { FlowSpec, step } from 'flowctl'

export default class ValuesFlow extends FlowSpec {
  count = 3
  table = new Map([['a', 1]])
  report = 'line 1\\nline 2\\n'
  picture = Buffer.from([137, 80, 78, 71])
  matrix = new Float64Array(1000)
  config = { name: 'x', layers: [1, 2, { deep: [true, null] }] }

  @step start() {
    this.next(this.end)
  }

  @step end() {}
}
`

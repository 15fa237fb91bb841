import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Many tasks that do next to nothing. */
export default class ForeachFlow extends FlowSpec {
  count = Parameter.integer({ default: 10_000, help: 'How many tasks' })

  items!: number[]
  square!: number
  sum!: number

  @step start() {
    this.items = Array.from({ length: this.count }, (_, i) => i)
    this.next(this.work, { foreach: 'items' })
  }

  @step work() {
    this.square = (this.input as number) ** 2
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.sum = inputs.map((input) => input.square).reduce((a, b) => a + b, 0)
    this.next(this.end)
  }

  @step end() {
    const expected = ((this.count - 1) * this.count * (2 * this.count - 1)) / 6
    if (this.sum !== expected) throw new Error(`the squares add up to ${this.sum}, not ${expected}`)
  }
}

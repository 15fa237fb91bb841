import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** A chain of two steps for every item; the join sees the inputs in order. */
export default class ForeachFlow extends FlowSpec<number> {
  count = Parameter.integer({ default: 25 })
  numbers!: number[]
  square!: number
  text!: string
  squares!: number[]
  texts!: string[]
  first!: unknown

  @step start() {
    this.numbers = Array.from({ length: this.count }, (_, n) => n + 1)
    this.next(this.work, { foreach: 'numbers' })
  }

  @step work() {
    this.square = this.input ** 2
    this.next(this.label)
  }

  @step label() {
    this.text = `${this.index}:${this.square}`
    this.next(this.join)
  }

  @step async join(inputs: Inputs<this>) {
    this.squares = inputs.map((input) => input.square)
    this.texts = []
    for await (const input of inputs) this.texts.push(input.text)
    this.first = inputs.at(0)?.square ?? null
    this.next(this.end)
  }

  @step end() {}
}

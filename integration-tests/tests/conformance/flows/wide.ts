import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Many trivial tasks: slices grow to hold hundreds of them. */
export default class WideFlow extends FlowSpec<number> {
  width = Parameter.integer({ default: 5000 })
  items!: number[]
  double!: number
  total!: number
  inputs!: number

  @step start() {
    this.items = Array.from({ length: this.width }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @step work() {
    this.double = this.input * 2
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.total = 0
    for (const input of inputs) this.total += input.double
    this.inputs = inputs.length
    this.next(this.end)
  }

  @step end() {}
}

import { appendFileSync } from 'node:fs'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Every task of the foreach says when it begins, and on which worker. */
export default class WideFlow extends FlowSpec<number> {
  file = Parameter.string({ default: '' })
  count = Parameter.integer({ default: 10_000 })
  ms = Parameter.integer({ default: 1 })
  items!: number[]
  double!: number
  total!: number

  @step start() {
    this.items = Array.from({ length: this.count }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @step async work() {
    if (this.file) appendFileSync(this.file, `${this.input} ${Date.now()} ${process.ppid}\n`)
    await new Promise((resolve) => setTimeout(resolve, this.ms))
    this.double = 2 * this.input
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.total = inputs.reduce((sum, input) => sum + input.double, 0)
    this.next(this.end)
  }

  @step end() {}
}

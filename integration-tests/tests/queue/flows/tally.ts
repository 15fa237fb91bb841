import { appendFileSync } from 'node:fs'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Leaves a line in a file whenever a task runs. */
export default class TallyFlow extends FlowSpec {
  file = Parameter.string({ required: true })
  count = Parameter.integer({ default: 100 })
  ms = Parameter.integer({ default: 1 })
  items!: number[]
  square!: number
  total!: number

  @step start() {
    this.items = Array.from({ length: this.count }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @step async work() {
    const n = this.input as number
    await new Promise((resolve) => setTimeout(resolve, this.ms))
    appendFileSync(this.file, `${n} ${Date.now()} ${process.pid}\n`)
    this.square = n * n
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.total = 0
    for (const input of inputs) this.total += input.square
    this.next(this.end)
  }

  @step end() {}
}

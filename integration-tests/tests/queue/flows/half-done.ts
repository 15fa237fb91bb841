import { appendFileSync, existsSync } from 'node:fs'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Fails at one item for as long as a file is missing. */
export default class HalfDoneFlow extends FlowSpec<number> {
  file = Parameter.string({ required: true })
  items!: number[]
  double!: number
  total!: number

  @step start() {
    appendFileSync(this.file, 'start\n')
    this.items = Array.from({ length: 40 }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @step work() {
    if (this.input === 30 && !existsSync(`${this.file}.fixed`)) throw new Error('not fixed')
    appendFileSync(this.file, `work ${this.input}\n`)
    this.double = 2 * this.input
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.total = 0
    for (const { double } of inputs) this.total += double
    this.next(this.end)
  }

  @step end() {}
}

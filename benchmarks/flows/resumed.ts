import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Many tasks, and a join that fails while the environment says so. */
export default class ResumedFlow extends FlowSpec {
  count = Parameter.integer({ default: 10_000, help: 'How many tasks' })

  items!: number[]
  doubled!: number

  @step start() {
    this.items = Array.from({ length: this.count }, (_, i) => i)
    this.next(this.double, { foreach: 'items' })
  }

  @step double() {
    this.doubled = 2 * (this.input as number)
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    if (process.env['BENCH_FAIL'] === '1') throw new Error('told to fail')
    if (inputs.length !== this.count) throw new Error(`${inputs.length} inputs instead of ${this.count}`)
    this.next(this.end)
  }

  @step end() {}
}

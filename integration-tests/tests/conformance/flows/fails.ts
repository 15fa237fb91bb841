import { FlowSpec, step, type Inputs } from 'flowctl'

/** One task of many fails for good: the run stops, and says which. */
export default class FailsFlow extends FlowSpec<string> {
  names!: string[]
  length!: number
  total!: number

  @step start() {
    this.names = ['ann', 'bob', '', 'dora']
    this.next(this.measure, { foreach: 'names' })
  }

  @step measure() {
    if (this.input === '') throw new TypeError('a name is empty')
    this.length = this.input.length
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.total = inputs.reduce((sum, input) => sum + input.length, 0)
    this.next(this.end)
  }

  @step end() {}
}

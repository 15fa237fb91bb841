import { FlowSpec, type Inputs, step } from 'flowctl'

/** A foreach over a thousand items. */
export default class WideForeachFlow extends FlowSpec<number> {
  ints!: number[]
  result!: number
  total!: number

  /** 0 to 999. */
  @step start() {
    this.ints = Array.from({ length: 1000 }, (_, i) => i)
    this.next(this.multiply, { foreach: 'ints' })
  }

  /** Runs a thousand times. Quick tasks travel to the task processes in batches. */
  @step multiply() {
    this.result = this.input * 1000
    this.next(this.join)
  }

  /** Sum up. */
  @step join(inputs: Inputs<this>) {
    this.total = inputs.map((input) => input.result).reduce((sum, result) => sum + result)
    this.next(this.end)
  }

  /** Show the sum. */
  @step end() {
    console.log('Total sum is', this.total)
  }
}

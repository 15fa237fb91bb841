import { FlowSpec, step, type Inputs } from 'flowctl'

/** Values too large for a commit go through every kind of step. */
export default class WideValuesFlow extends FlowSpec {
  table!: Float64Array
  factors!: number[]
  factor!: number
  column!: Float64Array
  sums!: number[]

  @step start() {
    this.table = new Float64Array(3_000_000).fill(1)
    this.factors = [0, 1, 2]
    this.next(this.measure, { foreach: 'factors' })
  }

  @step measure() {
    const factor = this.input as number
    this.factor = factor
    this.column = this.table.map((value) => value * factor)
    this.next(this.join)
  }

  @step join(inputs: Inputs<WideValuesFlow>) {
    if (process.env['FAIL_AT'] === 'join') throw new Error('told to fail')
    this.sums = [...inputs].map((one) => one.column.reduce((sum, value) => sum + value, 0))
    console.log(`read ${inputs.length} inputs`)
    this.next(this.end)
  }

  @step end() {
    console.log(this.sums)
  }
}

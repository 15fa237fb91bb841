import { FlowSpec, type Inputs, step } from 'flowctl'
import { divide } from './divide.ts'

/** An error that the step itself handles. */
export default class ZeroDivFlow extends FlowSpec<number> {
  divisors!: number[]
  quotient!: number | null
  results!: (number | null)[]

  /** The first divisor is trouble. */
  @step start() {
    this.divisors = [0, 1, 2]
    this.next(this.divide, { foreach: 'divisors' })
  }

  /** Divide, and say `null` where that is impossible. */
  @step divide() {
    try {
      this.quotient = divide(10, this.input)
    } catch {
      this.quotient = null
    }
    this.next(this.join)
  }

  /** Collect. */
  @step join(inputs: Inputs<this>) {
    this.results = inputs.map((input) => input.quotient)
    console.log('results', this.results)
    this.next(this.end)
  }

  @step end() {}
}

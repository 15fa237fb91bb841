import { catchError, FlowSpec, type Inputs, retry, step } from 'flowctl'
import { divide } from './divide.ts'

/** An error that the flow survives: after two retries the task counts as done, and its error is an artifact. */
export default class CatchFlow extends FlowSpec<number> {
  divisors!: number[]
  quotient!: number
  divideFailed!: unknown
  results!: number[]

  /** The first divisor is trouble. */
  @step start() {
    this.divisors = [0, 1, 2]
    this.next(this.divide, { foreach: 'divisors' })
  }

  /** Fails for one of the three inputs, however often it is tried. */
  @catchError({ var: 'divideFailed' })
  @retry({ times: 2 })
  @step
  divide() {
    this.quotient = divide(10, this.input)
    this.next(this.join)
  }

  /** Leave out what failed. */
  @step join(inputs: Inputs<this>) {
    this.results = inputs.filter((input) => input.divideFailed === null).map((input) => input.quotient)
    console.log('results', this.results)
    this.next(this.end)
  }

  @step end() {}
}

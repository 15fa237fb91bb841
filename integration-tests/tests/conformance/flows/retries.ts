import { catchError, current, FlowSpec, retry, step, type Inputs } from 'flowctl'

/** Some tasks of a packed chain fail at first, some for good and are caught; all others run once. */
export default class RetriesFlow extends FlowSpec<number> {
  items!: number[]
  value!: number
  failure!: { message: string } | null
  attempts!: number
  summary!: string[]

  @step start() {
    this.items = Array.from({ length: 40 }, (_, n) => n)
    this.next(this.shaky, { foreach: 'items' })
  }

  @retry({ times: 2 })
  @step
  shaky() {
    if (this.input % 7 === 3 && current.attempt < 2) throw new Error(`not yet: ${this.input}`)
    this.attempts = current.attempt
    this.next(this.risky)
  }

  @catchError({ var: 'failure' })
  @step
  risky() {
    this.value = this.input * 10
    if (this.input % 11 === 5) throw new RangeError(`no ${this.input}`)
    this.next(this.after)
  }

  @step after() {
    this.value += 1
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.summary = inputs.map(
      (input) => `${input.value} ${input.attempts} ${input.failure === null ? '-' : input.failure.message}`,
    )
    this.next(this.end)
  }

  @step end() {}
}

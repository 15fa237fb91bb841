import { FlowSpec, step } from 'flowctl'

/** What a step assigns to `this` is an artifact: it is stored, and the next step goes on with it. */
export default class CounterFlow extends FlowSpec {
  count!: number

  /** Make the artifact. */
  @step start() {
    this.count = 0
    this.next(this.add)
  }

  /** Read it and change it. */
  @step add() {
    console.log('The count is', this.count, 'before incrementing')
    this.count += 1
    this.next(this.end)
  }

  /** Change it once more. */
  @step end() {
    this.count += 1
    console.log('The final count is', this.count)
  }
}

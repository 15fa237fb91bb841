import { FlowSpec, type Inputs, step } from 'flowctl'

/** Two branches change the same artifact; the join decides what becomes of it. */
export default class CounterBranchFlow extends FlowSpec {
  creature!: string
  count!: number

  /** Both branches start with these values. */
  @step start() {
    this.creature = 'dog'
    this.count = 0
    this.next(this.addOne, this.addTwo)
  }

  /** One branch adds 1. */
  @step addOne() {
    this.count += 1
    this.next(this.join)
  }

  /** The other branch adds 2. */
  @step addTwo() {
    this.count += 2
    this.next(this.join)
  }

  /** A join sees the artifacts of every branch and carries down only what it assigns. */
  @step join(inputs: Inputs<this>) {
    console.log('count from addOne', inputs.addOne.count)
    console.log('count from addTwo', inputs.addTwo.count)
    this.count = Math.max(...inputs.map((input) => input.count))
    this.creature = inputs[0].creature
    this.next(this.end)
  }

  /** Show what came through the join. */
  @step end() {
    console.log('The creature is', this.creature)
    console.log('The final count is', this.count)
  }
}

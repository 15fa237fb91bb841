import { FlowSpec, type Inputs, step } from 'flowctl'

/** `mergeArtifacts` carries down what all branches agree on. */
export default class CounterBranchHelperFlow extends FlowSpec {
  creature!: string
  count!: number
  increment!: number

  /** Both branches start with these values. */
  @step start() {
    this.creature = 'dog'
    this.count = 0
    this.next(this.addOne, this.addTwo)
  }

  /** One branch adds 1. */
  @step addOne() {
    this.increment = 1
    this.count += this.increment
    this.next(this.join)
  }

  /** The other branch adds 2. */
  @step addTwo() {
    this.increment = 2
    this.count += this.increment
    this.next(this.join)
  }

  /** `count` is settled here, `increment` is left behind, everything else is merged. */
  @step join(inputs: Inputs<this>) {
    this.count = Math.max(...inputs.map((input) => input.count))
    console.log('count from addOne', inputs.addOne.count)
    console.log('count from addTwo', inputs.addTwo.count)
    this.mergeArtifacts(inputs, { exclude: ['increment'] })
    this.next(this.end)
  }

  /** Show what came through the join. */
  @step end() {
    console.log('The creature is', this.creature)
    console.log('The final count is', this.count)
  }
}

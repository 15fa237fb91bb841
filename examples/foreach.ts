import { FlowSpec, type Inputs, step } from 'flowctl'

/** One task for every item of a list. The type in the angle brackets is that of `this.input`. */
export default class ForeachFlow extends FlowSpec<string> {
  creatures!: string[]
  creature!: string
  score!: number
  best!: string

  /** Make the list. */
  @step start() {
    this.creatures = ['bird', 'mouse', 'dog']
    this.next(this.analyzeCreatures, { foreach: 'creatures' })
  }

  /** Runs three times, each with its own `this.input`. */
  @step analyzeCreatures() {
    console.log('Analyzing', this.input)
    this.creature = this.input
    this.score = this.creature.length
    this.next(this.join)
  }

  /** The inputs come in the order of the list. */
  @step join(inputs: Inputs<this>) {
    this.best = inputs.reduce((best, input) => (input.score > best.score ? input : best)).creature
    this.next(this.end)
  }

  /** Announce the winner. */
  @step end() {
    console.log(this.best, 'won!')
  }
}

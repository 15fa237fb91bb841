import { FlowSpec, Parameter, resources, step } from 'flowctl'

/** A large artifact. It is written once, however many steps it passes through. */
export default class LongStringFlow extends FlowSpec {
  megabytes = Parameter.integer({ help: 'Length of the string in millions of characters', default: 8 })

  longString!: string

  /** `@resources` says what the step needs: a worker pool that has it will run it. On one machine it changes nothing. */
  @resources({ memory: 1024 })
  @step
  start() {
    this.longString = 'x'.repeat(this.megabytes * 1_000_000)
    this.next(this.end)
  }

  /** The string loads when it is first read. */
  @step end() {
    console.log('The string has', this.longString.length, 'characters')
  }
}

import { FlowSpec, step } from 'flowctl'

/** The smallest flow that says something. */
export default class HelloFlow extends FlowSpec {
  greeting!: string

  @step start() {
    this.greeting = 'Hello'
    this.next(this.greet)
  }

  @step greet() {
    console.log(`${this.greeting}, world!`)
    this.next(this.end)
  }

  @step end() {}
}

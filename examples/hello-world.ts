import { FlowSpec, step } from 'flowctl'

/** Three steps in a row: the smallest flow that does something. */
export default class HelloWorldFlow extends FlowSpec {
  /** Starting point. */
  @step start() {
    console.log('This is the start step')
    this.next(this.hello)
  }

  /** Just saying hi. */
  @step hello() {
    console.log('Hello World!')
    this.next(this.end)
  }

  /** Finish line. */
  @step end() {
    console.log('This is the end step')
  }
}

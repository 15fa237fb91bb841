import { FlowSpec, step } from 'flowctl'

/** The smallest flow. */
export default class HelloFlow extends FlowSpec {
  @step start() {
    this.next(this.end)
  }

  @step end() {}
}

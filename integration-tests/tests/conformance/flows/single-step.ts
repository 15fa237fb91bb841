import { FlowSpec, step } from 'flowctl'

/** The smallest flow: its only step is start and end at once. */
export default class SingleStepFlow extends FlowSpec {
  answer = 0

  @step only() {
    this.answer = 42
  }
}

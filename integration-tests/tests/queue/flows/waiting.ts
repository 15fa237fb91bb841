import { FlowSpec, retry, step, type Inputs } from 'flowctl'

/** One branch waits long for its next attempt while the other fails for good. */
export default class WaitingFlow extends FlowSpec {
  @step start() {
    this.next(this.patient, this.doomed)
  }

  @retry({ times: 1, minutesBetweenRetries: 60 })
  @step
  patient() {
    this.fail('not yet')
    this.next(this.join)
  }

  @step async doomed() {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    this.fail('never')
    this.next(this.join)
  }

  @step join(_inputs: Inputs<this>) {
    this.next(this.end)
  }

  @step end() {}

  fail(message: string) {
    throw new Error(message)
  }
}

import { current, FlowSpec, retry, step } from 'flowctl'

/** A step that fails at first, as things do that depend on a network, and is tried again. */
export default class RetryFlow extends FlowSpec {
  luckyAttempt!: number

  /** Attempts count from 0. */
  @retry({ times: 3 })
  @step
  start() {
    if (current.attempt < 2) throw new Error('Bad luck!')
    this.luckyAttempt = current.attempt
    console.log('Lucky you!')
    this.next(this.end)
  }

  /** Only the attempt that succeeded left artifacts. */
  @step end() {
    console.log('It took', this.luckyAttempt + 1, 'attempts')
  }
}

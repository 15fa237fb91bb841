import { current, FlowSpec, retry, step, timeout } from 'flowctl'

/** A step that hangs is killed when its time is up, and tried again. */
export default class TimeoutFlow extends FlowSpec {
  /** Blocks the whole process at first: no timer, no signal handler could end it from inside. */
  @retry({ times: 1 })
  @timeout({ seconds: 1 })
  @step
  start() {
    if (current.attempt === 0) {
      console.log('Waiting for something that never comes')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    }
    console.log('This time it was quick')
    this.next(this.end)
  }

  @step end() {}
}

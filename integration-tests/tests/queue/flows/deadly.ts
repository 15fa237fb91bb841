import { FlowSpec, step } from 'flowctl'

/** A step that takes the whole worker with it. */
export default class DeadlyFlow extends FlowSpec {
  @step start() {
    process.kill(process.ppid, 'SIGKILL')
    this.next(this.end)
  }

  @step end() {}
}

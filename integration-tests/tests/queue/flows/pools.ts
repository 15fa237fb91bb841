import { FlowSpec, resources, step, type Inputs } from 'flowctl'

/** A step for a machine with a device, and one in a pool of its own. */
export default class PoolsFlow extends FlowSpec {
  pids!: number[]
  pid!: number

  @step start() {
    this.next(this.plain, this.device, this.named)
  }

  @step plain() {
    this.pid = process.pid
    this.next(this.join)
  }

  @resources({ gpu: 1 })
  @step
  device() {
    this.pid = process.pid
    this.next(this.join)
  }

  @resources({ pool: 'big' })
  @step
  named() {
    this.pid = process.pid
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.pids = inputs.map((input) => input.pid)
    this.next(this.end)
  }

  @step end() {}
}

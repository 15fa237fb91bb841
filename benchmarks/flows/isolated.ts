import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Tasks that do next to nothing, each in a process of its own when run with --isolate. */
export default class IsolatedFlow extends FlowSpec {
  count = Parameter.integer({ default: 40, help: 'How many tasks' })

  items!: number[]
  pid!: number

  @step start() {
    this.items = Array.from({ length: this.count }, (_, i) => i)
    this.next(this.work, { foreach: 'items' })
  }

  @step work() {
    this.pid = process.pid
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    const pids = new Set(inputs.map((input) => input.pid)).add(process.pid)
    if (pids.size !== this.count + 1) throw new Error('two tasks had the same process')
    this.next(this.end)
  }

  @step end() {}
}

import { setTimeout as sleep } from 'node:timers/promises'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Tasks that wait, the last tenth of them longer or shorter than the others. */
export default class SleepingFlow extends FlowSpec {
  count = Parameter.integer({ default: 100, help: 'How many tasks' })
  ms = Parameter.number({ default: 100, help: 'How long each of them sleeps' })
  lastMs = Parameter.number({ default: 100, help: 'How long each of the last tenth sleeps' })

  items!: number[]
  slept!: number
  total!: number

  @step start() {
    this.items = Array.from({ length: this.count }, (_, i) => (i < this.count * 0.9 ? this.ms : this.lastMs))
    this.next(this.work, { foreach: 'items' })
  }

  @step async work() {
    this.slept = this.input as number
    await sleep(this.slept)
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.total = inputs.map((input) => input.slept).reduce((a, b) => a + b, 0)
    this.next(this.end)
  }

  @step end() {}
}

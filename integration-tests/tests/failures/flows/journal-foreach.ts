import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** A foreach whose every task leaves a line in a file; from item `stopAt` on, tasks wait while a file is there. */
export default class JournalForeachFlow extends FlowSpec<number> {
  journal = Parameter.string({ required: true })
  gate = Parameter.string({ default: '' })
  stopAt = Parameter.integer({ default: 1_000_000 })
  failAt = Parameter.integer({ default: -1 })
  count = Parameter.integer({ default: 200 })
  items!: number[]
  value!: number
  total!: number

  @step start() {
    this.items = Array.from({ length: this.count }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @step async work() {
    while (this.input >= this.stopAt && existsSync(this.gate)) await sleep(20)
    appendFileSync(this.journal, `${this.input}\n`)
    if (this.input === this.failAt && existsSync(this.gate)) throw new Error(`item ${this.input} fails`)
    this.value = this.input
    this.next(this.after)
  }

  @step after() {
    this.value += 1
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.total = inputs.reduce((sum, input) => sum + input.value, 0)
    this.next(this.end)
  }

  @step end() {}
}

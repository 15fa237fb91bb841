import { appendFileSync } from 'node:fs'
import { current, FlowSpec, Parameter, retry, step, timeout, type Inputs } from 'flowctl'

/** Tasks that take just about as long as they may. */
export default class RaceFlow extends FlowSpec<number> {
  file = Parameter.string({ required: true })
  items!: number[]
  by!: string
  seen!: string[]

  @step start() {
    this.items = Array.from({ length: 12 }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @retry({ times: 20 })
  @timeout({ seconds: 1 })
  @step
  async work() {
    this.by = `${process.pid} ${current.attempt}`
    const task = `${current.stepName} ${current.taskId} ${current.attempt}`
    appendFileSync(this.file, `${task} ${process.pid} ${process.ppid} ${Date.now()}\n`)
    // Some end long enough before the limit that a busy machine, whose timers are late, lets them end in time.
    await new Promise((resolve) => setTimeout(resolve, 900 + Math.random() * 120))
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.seen = inputs.map((input) => input.by)
    this.next(this.end)
  }

  @step end() {}
}

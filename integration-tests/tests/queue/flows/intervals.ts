import { appendFileSync } from 'node:fs'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Leaves a line when a task begins and when it ends. A task keeps its process busy: it cannot be asked to stop. */
export default class IntervalsFlow extends FlowSpec {
  file = Parameter.string({ required: true })
  name = Parameter.string({ default: 'run' })
  count = Parameter.integer({ default: 4 })
  ms = Parameter.integer({ default: 100 })
  items!: number[]

  @step start() {
    this.mark('start')
    this.items = Array.from({ length: this.count }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @step work() {
    const until = Date.now() + this.ms
    this.mark('begin')
    while (Date.now() < until)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.max(1, until - Date.now()))
    this.mark('end')
    this.next(this.join)
  }

  @step join(_inputs: Inputs<this>) {
    this.mark('join')
    this.next(this.end)
  }

  @step end() {
    this.mark('done')
  }

  mark(what: string) {
    appendFileSync(this.file, `${this.name} ${what} ${Date.now()} ${process.pid}\n`)
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import { catchError, current, FlowSpec, Parameter, retry, step, timeout, type Inputs } from 'flowctl'

/** Tasks that wait, write lines, and sometimes fail: `--with concurrent:N` is not to be seen in what becomes of them. */
export default class WaitingFlow extends FlowSpec<number> {
  count = Parameter.integer({ default: 60 })
  /** This task holds its process for ever, the first time. */
  blocker = Parameter.integer({ default: -1 })
  /** This one cannot be answered. */
  fatal = Parameter.integer({ default: -1 })

  items!: number[]
  shared = { seen: [] as number[] }
  value!: string
  failure?: { message: string } | null

  @step start() {
    this.items = Array.from({ length: this.count }, (_, n) => n)
    this.next(this.ask, { foreach: 'items' })
  }

  @retry({ times: 2 })
  @catchError({ var: 'failure' })
  @timeout({ seconds: 2 })
  @step
  async ask() {
    console.log('asking', this.input)
    await pause((this.input * 13) % 31)
    await this.deeper(3)
    if (this.input === this.blocker && current.attempt === 0) for (;;);
    if (this.input % 9 === 4 && current.attempt === 0) throw new Error(`not yet ${this.input}`)
    if (this.input % 20 === 7) throw new Error(`never ${this.input}`)
    this.shared.seen.push(this.input)
    this.value = `${this.input} after ${current.attempt} in ${current.stepName}/${current.taskId}`
    this.next(this.answer)
  }

  @step answer() {
    if (this.input === this.fatal) throw new Error('fatal')
    console.error('answer', this.value)
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.value = String(inputs.length)
    this.next(this.end)
  }

  @step end() {}

  async deeper(depth: number): Promise<void> {
    await Promise.all([pause(depth), pause((this.input * 7) % 5)])
    console.log('depth', depth, 'of', this.input, current.attempt)
    if (depth > 0) await this.deeper(depth - 1)
  }
}

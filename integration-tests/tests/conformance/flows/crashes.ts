import { catchError, current, FlowSpec, retry, step, type Inputs } from 'flowctl'

/** Processes die in the middle of slices: killed, and by process.exit. Every task still has exactly one outcome. */
export default class CrashesFlow extends FlowSpec<number> {
  items!: number[]
  value!: number
  failure!: { kind: string; message: string } | null
  summary!: string[]

  @step start() {
    this.items = Array.from({ length: 60 }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @retry({ times: 1 })
  @catchError({ var: 'failure' })
  @step
  work() {
    if (this.input === 41 && current.attempt === 0) process.kill(process.pid, 'SIGKILL')
    if (this.input === 52) process.exit(3)
    this.value = this.input
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.summary = inputs.filter((input) => input.failure !== null).map((input) => `${input.failure?.kind}`)
    this.value = inputs.filter((input) => input.failure === null).reduce((sum, input) => sum + input.value, 0)
    this.next(this.end)
  }

  @step end() {}
}

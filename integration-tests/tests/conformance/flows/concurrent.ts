import { setTimeout as pause } from 'node:timers/promises'
import { catchError, concurrent, current, FlowSpec, retry, step, timeout, type Inputs } from 'flowctl'

/**
 * Many tasks wait at once in one process. Some of them fail, end their process, or wait for ever: each alone is charged for what it
 * did, and no other tries twice.
 */
export default class ConcurrentFlow extends FlowSpec<number> {
  items!: number[]
  value!: number
  tries!: number
  failure!: { kind: string; message: string } | null
  summary!: string[]

  @step start() {
    this.items = Array.from({ length: 90 }, (_, n) => n)
    this.next(this.fetch, { foreach: 'items' })
  }

  @concurrent(20)
  @retry({ times: 1 })
  @catchError({ var: 'failure' })
  @timeout({ seconds: 1 })
  @step
  async fetch() {
    this.tries = current.attempt
    await pause((this.input * 7) % 23)
    if (this.input === 11 && current.attempt === 0) process.kill(process.pid, 'SIGKILL')
    if (this.input === 22) process.exit(3)
    if (this.input === 33) throw new Error(`no ${this.input}`)
    if (this.input === 44 && current.attempt === 0) await pause(60_000)
    await pause((this.input * 5) % 17)
    this.value = Number(current.taskId)
    this.next(this.double)
  }

  @step double() {
    this.value = this.failure === null ? this.value * 2 : -1
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    const kept = inputs.map(({ failure, value, tries }, n) => ({ n, failure, value, tries }))
    const fine = kept.filter((one) => one.failure === null)
    const wrong = fine.filter((one) => one.value !== one.n * 2)
    const retried = fine.filter((one) => one.tries > 0).map((one) => `${one.n} again`)
    const failed = kept.filter((one) => one.failure !== null).map((one) => `${one.n} ${one.failure?.kind}`)
    this.summary = [`${wrong.length} wrong`, ...retried, ...failed]
    this.next(this.end)
  }

  @step end() {}
}

import { appendFileSync, existsSync } from 'node:fs'
import { current, FlowSpec, Parameter, retry, step, timeout, type Inputs } from 'flowctl'

/** Every task says when it begins and ends, and leaves who it was; one item of the foreach can misbehave. */
export default class JournalFlow extends FlowSpec<number> {
  file = Parameter.string({ required: true })
  count = Parameter.integer({ default: 100 })
  ms = Parameter.integer({ default: 2 })
  /** The item that misbehaves, and how: `block`, `die` (once), `swell`, `kill-worker`, `hang`. */
  odd = Parameter.integer({ default: -1 })
  how = Parameter.string({ default: '' })
  oddMs = Parameter.integer({ default: 0 })
  /** A step whose tasks go no further once they have begun. */
  holdAt = Parameter.string({ default: '' })
  /** The odd item misbehaves, and tasks are held, as long as there is no such file. */
  enough = Parameter.string({ default: '' })
  items!: number[]
  by!: string
  value!: number
  seen!: string[]
  indices!: number[]
  total!: number
  sides!: string[]

  @step start() {
    this.begin()
    this.items = Array.from({ length: this.count }, (_, n) => n)
    this.next(this.work, { foreach: 'items' })
  }

  @timeout({ seconds: 60 })
  @retry({ times: 1 })
  @step
  async work() {
    this.begin()
    await new Promise((resolve) => setTimeout(resolve, this.ms))
    if (this.input === this.odd && !existsSync(this.enough)) await this.misbehave()
    this.value = this.input
    this.next(this.after)
  }

  @step after() {
    this.seen = [`${this.input} ${this.by}`]
    this.begin()
    this.value *= 2
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.begin()
    this.seen = [...inputs].flatMap((input) => input.seen)
    this.indices = inputs.map((input) => input.value / 2)
    this.total = inputs.reduce((sum, input) => sum + input.value, 0)
    this.next(this.fork)
  }

  @step fork() {
    this.begin()
    this.next(this.left, this.right)
  }

  @step left() {
    this.begin()
    this.sides = ['left']
    this.next(this.meet)
  }

  @step right() {
    this.begin()
    this.sides = ['right']
    this.next(this.meet)
  }

  @step meet(inputs: Inputs<this>) {
    this.begin()
    this.mergeArtifacts(inputs, { exclude: ['sides', 'by'] })
    this.sides = [...inputs].flatMap((input) => input.sides)
    this.next(this.end)
  }

  @step end() {
    this.begin()
  }

  begin() {
    this.by = `${process.pid} ${current.attempt}`
    const task = `${current.stepName} ${current.taskId} ${current.attempt}`
    appendFileSync(this.file, `${task} ${process.pid} ${process.ppid} ${Date.now()}\n`)
    if (current.stepName !== this.holdAt) return
    const never = new Int32Array(new SharedArrayBuffer(4))
    while (!existsSync(this.enough)) Atomics.wait(never, 0, 0, 20)
  }

  async misbehave() {
    if (this.how === 'die' && current.attempt === 0) process.kill(process.pid, 'SIGKILL')
    if (this.how === 'kill-worker') process.kill(process.ppid, 'SIGKILL')
    if (this.how === 'hang') await new Promise((resolve) => setTimeout(resolve, this.oddMs))
    const swollen: number[][] = []
    while (this.how === 'swell') swollen.push(Array.from({ length: 1_000_000 }, (_, n) => n + swollen.length))
    const until = Date.now() + this.oddMs
    while (this.how === 'block' && Date.now() < until);
  }
}

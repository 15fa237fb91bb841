import { appendFileSync } from 'node:fs'
import { current, FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** A foreach of `rows`, and in each of them one of `columns`, or of none when that is not given. Joins leave who gave what they saw. */
export default class FanOutFlow extends FlowSpec<number> {
  file = Parameter.string({ required: true })
  rows = Parameter.integer({ required: true })
  columns = Parameter.integer({ default: -1 })
  items!: number[]
  kind!: string
  place!: string
  by!: string
  seen!: string[]

  @step start() {
    this.begin()
    this.items = upTo(this.rows)
    this.kind = this.columns < 0 ? 'flat' : 'nested'
    this.next({ flat: this.flat, nested: this.nested }, { condition: 'kind' })
  }

  @step flat() {
    this.begin()
    this.next(this.work, { foreach: 'items' })
  }

  @step work() {
    this.begin()
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.see(inputs)
    this.next(this.end)
  }

  @step nested() {
    this.begin()
    this.next(this.row, { foreach: 'items' })
  }

  @step row() {
    this.begin()
    this.items = upTo(this.columns)
    this.next(this.cell, { foreach: 'items' })
  }

  @step cell() {
    this.begin()
    this.next(this.rowJoin)
  }

  @step rowJoin(inputs: Inputs<this>) {
    this.see(inputs)
    this.next(this.nestedJoin)
  }

  @step nestedJoin(inputs: Inputs<this>) {
    this.see(inputs)
    this.next(this.end)
  }

  @step end() {
    this.begin()
  }

  begin() {
    this.place = current.taskId
    this.by = `${process.pid} ${current.attempt}`
    const task = `${current.stepName} ${current.taskId} ${current.attempt}`
    appendFileSync(this.file, `${task} ${process.pid} ${process.ppid} ${Date.now()}\n`)
  }

  see(inputs: Inputs<this>) {
    this.begin()
    this.seen = inputs.map((input) => `${input.place} ${input.by}`)
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

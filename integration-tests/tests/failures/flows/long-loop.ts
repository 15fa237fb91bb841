import { existsSync } from 'node:fs'
import { FlowSpec, Parameter, step } from 'flowctl'

/** A loop that fails in one of its turns as long as there is a file. */
export default class LongLoopFlow extends FlowSpec {
  turns = Parameter.integer({ default: 3000 })
  fails = Parameter.integer({ default: 0, help: 'The turn that fails, counted from 1' })
  broken = Parameter.string({ default: '' })
  n = 0
  go!: string

  @step start() {
    this.next(this.again)
  }
  @step again() {
    this.n++
    if (this.n === this.fails && existsSync(this.broken)) throw new Error('planted')
    this.go = this.n < this.turns ? 'more' : 'done'
    this.next({ more: this.again, done: this.end }, { condition: 'go' })
  }
  @step end() {}
}

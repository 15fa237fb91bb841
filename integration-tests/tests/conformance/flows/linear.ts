import { FlowSpec, Parameter, step } from 'flowctl'

/** Artifacts are carried, changed in place and replaced along a line. */
export default class LinearFlow extends FlowSpec {
  factor = Parameter.integer({ default: 3 })
  initial = [1, 2]
  list!: number[]
  seen!: Record<string, unknown>

  @step start() {
    this.list = [...this.initial]
    this.next(this.grow)
  }

  @step async grow() {
    await Promise.resolve()
    this.list.push(this.factor)
    this.next(this.end)
  }

  @step end() {
    this.seen = { list: this.list, initial: this.initial, factor: this.factor }
  }
}

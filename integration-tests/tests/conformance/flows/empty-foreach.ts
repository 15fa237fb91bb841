import { FlowSpec, step, type Inputs } from 'flowctl'

/** A foreach over nothing goes straight to its join; one over a generator takes its items once. */
export default class EmptyForeachFlow extends FlowSpec<unknown> {
  nothing!: string[]
  few!: Iterable<number>
  double!: number
  result!: unknown[]

  @step start() {
    this.nothing = []
    this.next(this.never, { foreach: 'nothing' })
  }

  @step never() {
    this.next(this.none)
  }

  @step none(inputs: Inputs<this>) {
    this.result = [inputs.length]
    this.next(this.spread)
  }

  @step spread() {
    this.few = (function* () {
      yield 1
      yield 2
    })()
    this.next(this.work, { foreach: 'few' })
  }

  @step work() {
    this.double = Number(this.input) * 2
    this.next(this.some)
  }

  @step some(inputs: Inputs<this>) {
    this.mergeArtifacts(inputs, { include: ['result'] })
    this.result.push(...inputs.map((input) => input.double))
    this.next(this.end)
  }

  @step end() {}
}

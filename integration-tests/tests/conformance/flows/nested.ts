import { FlowSpec, step, type Inputs } from 'flowctl'

/** A foreach in a foreach with a split between them: every level has its own index, input and join. */
export default class NestedFlow extends FlowSpec<string | number> {
  rows!: string[]
  columns!: number[]
  row!: string
  cell!: string
  cells!: string[]
  twice!: string
  table!: string[]
  stack!: unknown

  @step start() {
    this.rows = ['a', 'b', 'c']
    this.next(this.fork, { foreach: 'rows' })
  }

  @step fork() {
    this.row = String(this.input)
    this.next(this.spread, this.echo)
  }

  @step spread() {
    this.columns = Array.from({ length: (this.index ?? 0) + 1 }, (_, n) => n * 10)
    this.next(this.fill, { foreach: 'columns' })
  }

  @step fill() {
    this.cell = `${this.row}${this.input}`
    this.stack = this.foreachStack().map((frame) => [frame.index, frame.count, frame.value])
    this.next(this.collect)
  }

  @step collect(inputs: Inputs<this>) {
    this.cells = inputs.map((input) => `${input.cell}${JSON.stringify(input.stack)}`)
    this.row = `${String(this.input)}/${this.index}`
    this.next(this.meet)
  }

  @step echo() {
    this.twice = this.row + this.row
    this.next(this.meet)
  }

  @step meet(inputs: Inputs<this>) {
    this.cells = [inputs.collect.row, inputs.echo.twice, ...inputs.collect.cells]
    this.next(this.gather)
  }

  @step gather(inputs: Inputs<this>) {
    this.table = inputs.map((input) => input.cells.join(' '))
    this.next(this.end)
  }

  @step end() {}
}

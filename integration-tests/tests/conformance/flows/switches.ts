import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** A switch in a foreach, whose ways meet again, and a loop after it. */
export default class SwitchesFlow extends FlowSpec<number> {
  turns = Parameter.integer({ default: 4 })
  sizes!: number[]
  size!: string
  label!: string
  labels!: string[]
  counter!: number
  again!: boolean

  @step start() {
    this.sizes = [1, 100, 5]
    this.next(this.classify, { foreach: 'sizes' })
  }

  @step classify() {
    this.size = this.input > 10 ? 'large' : 'small'
    this.next({ small: this.small, large: this.large }, { condition: 'size' })
  }

  @step small() {
    this.label = `s${this.input}`
    this.next(this.same)
  }

  @step large() {
    this.label = `L${this.input}`
    this.next(this.same)
  }

  @step same() {
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.labels = inputs.map((input) => input.label)
    this.counter = 0
    this.next(this.loop)
  }

  @step loop() {
    this.counter += 1
    this.again = this.counter < this.turns
    this.next({ true: this.loop, false: this.end }, { condition: 'again' })
  }

  @step end() {}
}

import { concurrent, FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Tasks that each await an answer over the network: first one at a time, then up to 50 at once in a process. */
export default class FetchingFlow extends FlowSpec<number> {
  url = Parameter.string({ required: true, help: 'What is asked' })
  few = Parameter.integer({ default: 20, help: 'How many tasks one at a time' })
  many = Parameter.integer({ default: 1000, help: 'How many tasks at once' })

  items!: number[]
  answer!: number

  @step start() {
    this.items = Array.from({ length: this.few }, (_, i) => i)
    this.next(this.alone, { foreach: 'items' })
  }

  @step async alone() {
    this.answer = await this.ask()
    this.next(this.between)
  }

  @step between(inputs: Inputs<this>) {
    this.check(inputs)
    this.next(this.again)
  }

  @step again() {
    this.items = Array.from({ length: this.many }, (_, i) => i)
    this.next(this.together, { foreach: 'items' })
  }

  @concurrent(50)
  @step
  async together() {
    this.answer = await this.ask()
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.check(inputs)
    this.next(this.end)
  }

  @step end() {}

  async ask(): Promise<number> {
    console.log('asking for', this.input)
    const response = await fetch(`${this.url}/${this.input}`)
    return Number(await response.text())
  }

  check(inputs: Inputs<this>): void {
    inputs.forEach(({ answer }, i) => {
      if (answer !== i * 2) throw new Error(`${i} was answered with ${answer}`)
    })
  }
}

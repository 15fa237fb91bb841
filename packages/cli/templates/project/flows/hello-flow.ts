import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** Greets everybody on a list, all at the same time. */
export default class HelloFlow extends FlowSpec<string> {
  greeting = Parameter.string({ default: 'Hello', help: 'The word to greet with' })
  names = Parameter.string({ default: 'Ada,Grace,Linus', separator: ',', help: 'Who is greeted' })

  message!: string
  messages!: string[]

  /** Take the names apart: one task for each. */
  @step start() {
    console.log(`Greeting ${this.names.length} people`)
    this.next(this.greet, { foreach: 'names' })
  }

  /** Greet one of them. */
  @step greet() {
    this.message = `${this.greeting}, ${this.input}!`
    console.log(this.message)
    this.next(this.gather)
  }

  /** Bring the greetings together again. */
  @step gather(inputs: Inputs<this>) {
    this.messages = inputs.map((input) => input.message)
    this.next(this.end)
  }

  /** Whatever is assigned to `this` is kept: see it with `npx flowctl dump HelloFlow`. */
  @step end() {
    console.log(this.messages.join(' '))
  }
}

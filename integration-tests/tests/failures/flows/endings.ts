import { FlowSpec, Parameter, serializable, step, timeout } from 'flowctl'

class Unregistered {
  weight = 1
}

@serializable
class Registered {
  weight = 2
}

/** One step that ends in every way a step can end, chosen by a parameter. */
export default class EndingsFlow extends FlowSpec {
  how = Parameter.string({ required: true })
  before!: string
  stored!: unknown

  @step start() {
    this.before = 'kept'
    this.next(this.act)
  }

  @timeout({ seconds: 4 })
  @step
  async act() {
    console.log(`about to: ${this.how}`)
    switch (this.how) {
      case 'sigkill':
        process.kill(process.pid, 'SIGKILL')
        await new Promise(() => {})
        break
      case 'memory': {
        const hoard: unknown[] = []
        for (;;) hoard.push(Array.from({ length: 10_000 }, (_, n) => ({ n })))
      }
      case 'block':
        for (;;);
      case 'wait':
        await new Promise((resolve) => setTimeout(resolve, 60_000))
        break
      case 'exit':
        process.exit(3)
      case 'abort':
        process.abort()
      case 'function':
        this.stored = { layers: [{ activation: () => 1 }] }
        break
      case 'class':
        this.stored = [new Registered(), new Unregistered()]
        break
      case 'promise':
        this.stored = Promise.resolve(1)
        break
      case 'throw-text':
        throw 'just text'
      case 'later':
        setTimeout(() => {
          throw new Error('from a timer')
        }, 5)
        await new Promise((resolve) => setTimeout(resolve, 500))
        break
      default:
        this.stored = new Registered()
    }
    this.next(this.end)
  }

  @step end() {}
}

import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** One branch fails at once, the other takes its time; every execution leaves a line in a file. */
export default class SlowBranchesFlow extends FlowSpec {
  journal = Parameter.string({ required: true })
  broken = Parameter.string({ required: true, help: 'a file: while it is there, the quick branch fails' })
  value!: string

  @step async start() {
    this.note('start')
    this.next(this.quick, this.slow)
  }

  @step async quick() {
    this.note('quick')
    const { existsSync } = await import('node:fs')
    if (existsSync(this.broken)) throw new Error('the quick branch is broken')
    this.value = 'quick'
    this.next(this.join)
  }

  @step async slow() {
    this.note('slow')
    await sleep(700)
    this.value = 'slow'
    this.next(this.afterSlow)
  }

  @step afterSlow() {
    this.note('afterSlow')
    this.next(this.join)
  }

  @step join(inputs: Inputs<this>) {
    this.note('join')
    this.value = inputs.map((input) => input.value).join('+')
    this.next(this.end)
  }

  @step end() {
    this.note('end')
  }

  note(text: string) {
    appendFileSync(this.journal, `${text}\n`)
  }
}

import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** One branch fails as soon as the other has started, which takes its time; every execution leaves a line in a file. */
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
    if (existsSync(this.broken)) {
      // What has not started when a run fails does not start any more.
      while (!readFileSync(this.journal, 'utf8').includes('slow')) await sleep(10)
      throw new Error('the quick branch is broken')
    }
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

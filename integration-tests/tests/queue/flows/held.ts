import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlowSpec, Parameter, resources, step, type Inputs } from 'flowctl'

/** Two steps in different pools; each goes on when a file of its name is there. */
export default class HeldFlow extends FlowSpec {
  folder = Parameter.string({ required: true })

  @step start() {
    this.next(this.plain, this.device)
  }

  @step async plain() {
    await this.released('plain')
    this.next(this.join)
  }

  @resources({ gpu: 1 })
  @step
  async device() {
    await this.released('device')
    this.next(this.join)
  }

  @step join(_inputs: Inputs<this>) {
    this.next(this.end)
  }

  @step end() {}

  async released(name: string) {
    while (!existsSync(`${this.folder}/${name}`)) await sleep(20)
  }
}

import type { ChildProcess } from 'node:child_process'
import { until } from '@flowctl/test-support/until'
import { ended, type Project } from '../../../packages/cli/tests/support/project.ts'

/** A command that goes on, with all that it has written. */
export class Going {
  readonly child: ChildProcess
  text = ''
  readonly code: Promise<number | null>

  constructor(project: Pick<Project, 'start'>, words: readonly string[], environment: Record<string, string> = {}) {
    this.child = project.start(environment, words)
    this.code = ended(this.child)
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.text += chunk
      })
    }
  }

  /** Waits until it has written what is looked for. Throws with all it wrote when it ends without that. */
  async said(what: RegExp): Promise<RegExpExecArray> {
    let over = false
    void this.code.then(() => (over = true))
    await until(
      () => over || what.test(this.text),
      String(what),
      () => this.text,
    )
    const found = what.exec(this.text)
    if (found === null) throw new Error(`it ended without saying ${String(what)}:\n${this.text}`)
    return found
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal)
    return this.code
  }
}

/** One task waits for as long as it is told, saying when it begins and ends. */
export const WAITING = `import { appendFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { FlowSpec, Parameter, step } from 'flowctl'

export default class WaitingFlow extends FlowSpec {
  seconds = Parameter.number({ default: 60 })
  trace = Parameter.string({ default: '' })

  @step start() {
    this.next(this.wait)
  }

  @step async wait() {
    if (this.trace) appendFileSync(this.trace, 'wait\\n')
    console.log('waiting')
    await setTimeout(this.seconds * 1000)
    console.log('waited')
    this.next(this.end)
  }

  @step end() {}
}
`

/** Its middle step wants a device. */
export const GPU = `import { FlowSpec, resources, step } from 'flowctl'

export default class GpuFlow extends FlowSpec {
  @step start() {
    this.next(this.train)
  }

  @resources({ gpu: 1 })
  @step
  train() {
    this.next(this.end)
  }

  @step end() {}
}
`

/** One branch wants a device, the other fails. */
export const HALF = `import { FlowSpec, resources, step, type Inputs } from 'flowctl'

export default class HalfFlow extends FlowSpec {
  @step start() {
    this.next(this.train, this.fail)
  }

  @resources({ gpu: 1 })
  @step
  train() {
    this.next(this.join)
  }

  @step fail() {
    if (this.constructor.name === 'HalfFlow') throw new Error('boom')
    this.next(this.join)
  }

  @step join(_inputs: Inputs<this>) {
    this.next(this.end)
  }

  @step end() {}
}
`

import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
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

  /** Waits until it has written what is looked for. Throws with all it wrote when it ends or takes too long. */
  async said(what: RegExp, limitMs = 20_000): Promise<RegExpExecArray> {
    const giveUp = performance.now() + limitMs
    let over = false
    void this.code.then(() => (over = true))
    for (;;) {
      const found = what.exec(this.text)
      if (found !== null) return found
      if (over) throw new Error(`it ended without saying ${String(what)}:\n${this.text}`)
      if (performance.now() > giveUp) throw new Error(`it did not say ${String(what)}:\n${this.text}`)
      await sleep(20)
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal)
    return this.code
  }
}

/** Looks again until it is so. */
export async function until(isSo: () => Promise<boolean> | boolean, what: string, limitMs = 20_000): Promise<void> {
  const giveUp = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > giveUp) throw new Error(`it did not come to this: ${what}`)
    await sleep(50)
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
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

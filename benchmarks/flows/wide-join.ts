import { readFileSync } from 'node:fs'
import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

/** As Linux counts it for this program; `resourceUsage` counts what the parent held when it forked, too. */
function peakMB(): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return found === null ? Number.NaN : Number(found[1]) / 2 ** 10
}

/** Many tasks that store one artifact of a given size each, and a join that reads it of all of them. */
export default class WideJoinFlow extends FlowSpec {
  count = Parameter.integer({ default: 10_000, help: 'How many tasks' })
  bytes = Parameter.integer({ default: 80, help: 'Bytes of the artifact of each task' })
  stream = Parameter.boolean({ default: false, help: 'Read with for await' })

  items!: number[]
  values!: Float64Array
  sum!: number
  /** Milliseconds that the join took to read its inputs, in the step alone. */
  scanMs!: number
  /** The most memory that the process of the join has held, and what it held when the join began. */
  memoryMB!: { peak: number; before: number }

  @step start() {
    this.items = Array.from({ length: this.count }, (_, i) => i)
    this.next(this.work, { foreach: 'items' })
  }

  @step work() {
    this.values = new Float64Array(this.bytes / Float64Array.BYTES_PER_ELEMENT).fill(this.index as number)
    this.next(this.join)
  }

  @step async join(inputs: Inputs<this>) {
    const before = process.memoryUsage.rss() / 2 ** 20
    const start = performance.now()
    if (this.stream) {
      this.sum = 0
      for await (const { values } of inputs) this.sum += values[0] as number
    } else {
      this.sum = inputs.map((input) => input.values[0] as number).reduce((a, b) => a + b, 0)
    }
    this.scanMs = performance.now() - start
    this.memoryMB = { peak: peakMB(), before }
    this.next(this.end)
  }

  @step end() {
    const expected = (this.count * (this.count - 1)) / 2
    if (this.sum !== expected) throw new Error(`the values add up to ${this.sum}, not ${expected}`)
  }
}

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { FlowSpec, Parameter, step } from 'flowctl'

interface Measured {
  /** When it began, in milliseconds since 1970, and how long it took. */
  readonly at: number
  readonly ms: number
  /** What the process held before it, and the most it has held until after it. */
  readonly beforeMB: number
  readonly peakMB: number
}

const held = (): number => process.memoryUsage.rss() / 2 ** 20
/** As Linux counts it for this program; `resourceUsage` counts what the parent held when it forked, too. */
const peak = (): number => {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return found === null ? Number.NaN : Number(found[1]) / 2 ** 10
}

/** A large array, stored by one step and read by the next one. */
export default class LargeArrayFlow extends FlowSpec {
  megabytes = Parameter.integer({ default: 1024, help: 'Size of the array' })
  touch = Parameter.integer({
    default: 0,
    help: 'MB of memory to touch before the array is stored, as before the plain write',
  })
  seed = Parameter.integer({ default: 1, help: 'Other values for every seed' })

  values!: Float64Array
  beforeSaveMB!: number
  madeAt!: number
  loaded!: Measured

  @step start() {
    this.beforeSaveMB = held()
    const values = new Float64Array((this.megabytes * 2 ** 20) / Float64Array.BYTES_PER_ELEMENT)
    for (let i = 0; i < values.length; i += 1) values[i] = i + 1 / this.seed
    this.values = values
    if (this.touch > 0) spawnSync(process.execPath, ['-e', `Buffer.alloc(${this.touch * 2 ** 20}, 1)`])
    this.madeAt = Date.now()
    this.next(this.end)
  }

  @step end() {
    const [at, beforeMB, start] = [Date.now(), held(), performance.now()]
    const { values, seed } = this
    const last = values.length - 1
    if (values[0] !== 1 / seed || values[last] !== last + 1 / seed) throw new Error('other values were loaded')
    this.loaded = { at, ms: performance.now() - start, beforeMB, peakMB: peak() }
  }
}

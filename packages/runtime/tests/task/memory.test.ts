import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inputOf, testFlow } from './harness.ts'

const FLOW = `
export class Wide extends FlowSpec<number> {
  items!: number[]
  common = { factor: 2 }
  square!: number
  @step start() { this.items = Array.from({ length: 100_000 }, (_, i) => i); this.next(this.work, { foreach: 'items' }) }
  @step work() { this.square = this.input * this.input; this.next(this.join) }
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`

test('100,000 tasks in slices: memory stays flat', async () => {
  const flow = await testFlow(FLOW, { options: { maxNumSplits: 100_000 } })
  const start = await flow.steps('start')
  const { taken } = start.ok
  if (taken.kind !== 'foreach') throw new Error('not a foreach')
  const foreaches = [{ step: 'start', count: taken.count, segments: taken.segments }]
  const input = inputOf(start.ok)
  const resident: number[] = []
  for (let from = 0; from < 100_000; from += 10_000) {
    const answers = await flow.slice('work', { range: { from, to: from + 10_000 }, foreaches, input })
    expect(answers.tasks).toHaveLength(10_000)
    expect(answers.ok.artifacts['square']?.preview).toBe(String((from + 9_999) ** 2))
    resident.push(residentMebibytes(flow.process.pid))
  }
  expect(Math.max(...resident.slice(5))).toBeLessThan(Math.max(...resident.slice(0, 3)) * 1.5 + 20)
})

function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}

test.skipIf(process.platform !== 'linux')('a large array that was stored makes room for the next one', async () => {
  const megabytes = 160
  const flow = await testFlow(`
import { readFileSync } from 'node:fs'
export class Large extends FlowSpec {
  values!: Uint8Array
  held!: number
  @step start() { this.values = new Uint8Array(${megabytes} * 2 ** 20).fill(7); this.next(this.end) }
  @step end() {
    const before = /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
    if (this.values.at(-1) !== 7) throw new Error('other values')
    const after = /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
    console.log((Number(after?.[1]) - Number(before?.[1])) / 1024)
  }
}`)
  const end = await flow.steps('start', 'end')
  expect(end.ok.taken).toEqual({ kind: 'end' })
  expect(Number(end.lines[0])).toBeLessThan(0.5 * megabytes)
})

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

test('100,000 tasks in slices: memory stays flat', { timeout: 120_000 }, async () => {
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

import { readFileSync } from 'node:fs'
import { encodeValue } from '@flowctl/datastore'
import { expect, test } from 'vitest'
import { testFlow } from './harness.ts'

const WIDTH = 100_000
const SLICE = 500

test('a join over 100,000 inputs reads every commit once, in little memory', async () => {
  const flow = await testFlow(`
export class Wide extends FlowSpec<number> {
  items: number[] = []
  common = 'same'
  score!: number
  @step start() { this.next(this.work, { foreach: 'items' }) }
  @step work() { this.next(this.join) }
  @step join(inputs: Inputs<this>) {
    const before = performance.now()
    const sum = inputs.map((i) => i.score).reduce((a, b) => a + b, 0)
    const scanned = performance.now()
    this.mergeArtifacts(inputs, { exclude: ['score'] })
    console.log(sum, Math.round(scanned - before), Math.round(performance.now() - scanned))
    this.next(this.end)
  }
  @step end() {}
}`)
  const common = await flow.artifacts.save(encodeValue('same', 'common'))
  const taken = { kind: 'linear', to: 'join' } as const
  const locators = []
  for (let from = 0; from < WIDTH; from += SLICE) {
    const tasks = []
    for (let i = from; i < from + SLICE; i += 1) {
      const score = await flow.artifacts.save(encodeValue(i, 'score'))
      const times = { attempt: 0, startedAt: 0, endedAt: 0, pid: 1 }
      tasks.push({
        step: 'work',
        task: String(i),
        ...times,
        outcome: 'succeeded' as const,
        artifacts: { common, score },
        taken,
      })
    }
    const key = `${from}-${from + SLICE - 1}`
    const commit = {
      format: 1,
      head: 'work',
      key,
      execution: 'x',
      host: 'h',
      tasks,
      attempts: [],
      continuations: [],
    } as const
    await flow.runStore.putCommit(commit)
    locators.push({ from, to: from + SLICE, steps: ['work'], slice: { head: 'work', key } })
  }
  const answers = await flow.slice('join', { input: { type: 'foreach', split: 'start', count: WIDTH, locators } })
  const [sum, scanMs, mergeMs] = answers.lines[0]!.split(' ').map(Number) as [number, number, number]
  expect(sum).toBe((WIDTH * (WIDTH - 1)) / 2)
  expect(await flow.values(answers.ok.artifacts)).toEqual({ common: 'same' })
  // Generous: it is about a second for both on a quiet machine.
  expect(scanMs).toBeLessThan(10_000)
  expect(mergeMs).toBeLessThan(10_000)
  expect(residentMebibytes(flow.process.pid)).toBeLessThan(500)
})

function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}

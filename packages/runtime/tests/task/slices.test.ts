import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { testFlow, type SliceOptions } from './harness.ts'

const FLOW = (work: string): string => `
export class Slicing extends FlowSpec<number> {
  items = Array.from({ length: 50 }, (_, i) => ({ i, deep: [i] }))
  @step start() { this.next(this.work, { foreach: 'items' }) }
  @step async work() { ${work}; this.next(this.after) }
  @step after() { this.next(this.join) }
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`

async function slicing(work: string) {
  const flow = await testFlow(FLOW(work))
  const start = await flow.slice('start')
  const { taken, artifacts } = start.ok
  if (taken.kind !== 'foreach') throw new Error('not a foreach')
  const foreaches = [{ step: 'start', count: 50, segments: taken.segments }]
  const run = (from: number, to: number, options: SliceOptions = {}) =>
    flow.slice('work', {
      chain: ['work', 'after'],
      range: { from, to },
      foreaches,
      input: { type: 'task', artifacts },
      ...options,
    })
  return { flow, run }
}

test('every index goes through the whole chain before the next starts', async () => {
  const { run } = await slicing('console.log((this.input as any).i, this.index)')
  const answers = await run(10, 13)
  expect(answers.tasks.map(({ step, task }) => `${step}/${task}`)).toEqual([
    'work/10',
    'after/10',
    'work/11',
    'after/11',
    'work/12',
    'after/12',
  ])
  expect(answers.lines).toEqual(['10 10', '11 11', '12 12'])
  expect(answers.tasks[0]?.input).toBe('{ i: 10, deep: [10] }')
  expect(answers.idle).toEqual({ type: 'idle' })
})

test('a continuation starts inside the chain', async () => {
  const { run } = await slicing('')
  const answers = await run(4, 5, { entry: 'after', attempt: 2 })
  expect(answers.tasks.map(({ step, task, attempt }) => [step, task, attempt])).toEqual([['after', '4', 2]])
})

test('a slice past its target hands back what it has not started', async () => {
  const { run } = await slicing('await new Promise((r) => setTimeout(r, 20))')
  const answers = await run(0, 50, { targetMs: 100 })
  const next = answers.idle?.next as number
  expect(next).toBeGreaterThan(0)
  expect(next).toBeLessThan(7)
  expect(answers.tasks).toHaveLength(2 * next)
})

test('at least one index runs, whatever the target', async () => {
  const { run } = await slicing('')
  expect((await run(0, 50, { targetMs: 0 })).idle?.next).toBe(1)
})

test('drain is heard between tasks, also between tasks that never wait', async () => {
  const { flow, run } = await slicing('const until = Date.now() + 10; while (Date.now() < until);')
  const running = run(0, 50)
  await sleep(100)
  flow.process.send({ type: 'drain' })
  const { idle, tasks } = await running
  expect(idle?.next).toBeLessThan(40)
  expect(tasks).toHaveLength(2 * (idle?.next as number))
})

test('a drain that comes too late does not touch the next slice', async () => {
  const { flow, run } = await slicing('')
  await run(0, 1)
  flow.process.send({ type: 'drain' })
  expect((await run(0, 50)).idle).toEqual({ type: 'idle' })
})

test('Ctrl-C does not end a task process; the loss of its parent does', async () => {
  const { flow, run } = await slicing('await new Promise((r) => setTimeout(r, 50))')
  const running = run(0, 2)
  flow.process.kill('SIGINT')
  expect((await running).tasks).toHaveLength(4)
  flow.process.disconnect()
  expect(await flow.process.exited).toEqual({ code: 0, signal: null })
})

test('answers to a parent that is gone end the process', async () => {
  const { flow, run } = await slicing('const until = Date.now() + 300; while (Date.now() < until);')
  void run(0, 50)
  await sleep(50)
  flow.process.disconnect()
  const exit = await flow.process.exited
  expect(exit.signal).toBeNull()
})

test('a long task is seen to start, and what came before it is told', async () => {
  const { run } = await slicing('if (this.index === 1) await new Promise((r) => setTimeout(r, 500))')
  let heard = 0
  const answers = await run(0, 2, {
    onEach: (answer) => (heard ||= answer.type === 'started' && answer.task === '1' ? Date.now() : 0),
  })
  expect(answers.last.endedAt - heard).toBeGreaterThan(250)
})

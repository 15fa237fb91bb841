import { expect, test } from 'vitest'
import { testFlow } from './harness.ts'

test('artifacts assigned on this are stored and passed on', async () => {
  const flow = await testFlow(`
    export class Hello extends FlowSpec {
      greeting = 'hello'
      who!: string
      list: number[] = [1, 2]
      @step start() { this.who = 'world'; this.next(this.end) }
      @step async end() { await null; console.log(this.greeting, this.who); this.list.push(3) }
    }`)
  const start = await flow.steps('start')
  expect(start.ok.taken).toEqual({ kind: 'linear', to: 'end' })
  expect(await flow.values(start.ok.artifacts)).toEqual({ greeting: 'hello', who: 'world', list: [1, 2] })
  const end = await flow.slice('end', { input: { type: 'task', artifacts: start.ok.artifacts } })
  expect(end.lines).toEqual(['hello world'])
  expect(await flow.values(end.ok.artifacts)).toEqual({ greeting: 'hello', who: 'world', list: [1, 2, 3] })
  expect(end.all.map((answer) => answer.type)).toEqual(['started', 'log', 'task', 'idle'])
})

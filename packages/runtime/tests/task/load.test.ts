import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testFlow } from './harness.ts'

test('loading describes the flow', async () => {
  const flow = await testFlow(
    `
export class Described extends FlowSpec {
  n = Parameter.integer({ default: 2, help: 'How many' })
  @retry({ times: 2 }) @step start() { this.next(this.end) }
  @step end() {}
}`,
    { bare: true },
  )
  const [answer] = (await flow.load()).all
  if (answer?.type !== 'loaded') throw new Error('not loaded')
  expect(answer.description).toMatchObject({
    flow: 'Described',
    steps: [{ name: 'start', decorators: { retry: { times: 2 } } }, { name: 'end' }],
    parameters: [{ field: 'n', kind: 'integer' }],
  })
})

test('a file that throws while it is loaded is refused, with the place in the source', async () => {
  const flow = await testFlow(
    `
const settings: { port?: number } | undefined = undefined as any
export const port = settings!.port
export class Broken extends FlowSpec {
  @step start() { this.next(this.end) }
  @step end() {}
}`,
    { bare: true },
  )
  const [answer] = (await flow.load()).all
  if (answer?.type !== 'refused') throw new Error('not refused')
  expect(answer.error).toMatchObject({ name: 'TypeError', stack: expect.stringMatching(/flow\.ts:4:\d+/) })
})

test('all problems of a flow are told at once', async () => {
  const flow = await testFlow(
    `
export class Wrong extends FlowSpec {
  n = Parameter.integer({ default: 1.5 })
  @retry({ times: -1 }) @step start() { this.next(this.end) }
  @step end() {}
}`,
    { bare: true },
  )
  const [answer] = (await flow.load()).all
  if (answer?.type !== 'refused') throw new Error('not refused')
  const { errors = [] } = answer.error
  expect(errors.length).toBeGreaterThanOrEqual(2)
  for (const error of errors) expect(error).toMatchObject({ code: expect.any(String), fix: expect.any(String) })
})

test('parameters are bound from what was given, from defaults and from files, or refused together', async () => {
  const flow = await testFlow(`
export class Binding extends FlowSpec {
  n = Parameter.integer({ required: true })
  who = Parameter.string({ default: ({ user }) => user })
  text = IncludeFile.text()
  bytes = IncludeFile.bytes()
  @step start() { this.next(this.end) }
  @step end() {}
}`)
  const file = join(flow.dir, 'data.txt')
  writeFileSync(file, 'hällo')
  const given = { n: { text: '3', source: '--n' }, text: { text: file, source: '--text' } }
  const [answer] = (await flow.bind(given)).all
  if (answer?.type !== 'bound') throw new Error('not bound')
  expect(await flow.values(answer.parameters)).toEqual({ n: 3, who: 'tester', text: 'hällo', bytes: undefined })
  const [refused] = (await flow.bind({ n: { text: 'x', source: '--n' }, text: { text: '/no/such', source: '--text' } }))
    .all
  if (refused?.type !== 'refused') throw new Error('not refused')
  expect(refused.error.errors?.map((error) => error.code)).toHaveLength(2)
})

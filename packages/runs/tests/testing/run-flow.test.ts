import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** The tests run scripts of a user's project, which see the built packages. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flowctl-testing-')))

const FLOW = `import { FlowSpec, Parameter, step, type Inputs } from 'flowctl'

export default class SumFlow extends FlowSpec<number> {
  factor = Parameter.integer({ default: 2 })
  numbers = Parameter.json<number[]>({ default: [1, 2, 3] })
  words = Parameter.string({ default: 'a', separator: '|' })
  product!: number
  sum!: number

  @step start() {
    this.next(this.multiply, { foreach: 'numbers' })
  }

  @step multiply() {
    if (process.env.BROKEN) throw new Error('broken')
    this.product = this.input * this.factor
    this.next(this.add)
  }

  @step add(inputs: Inputs<this>) {
    this.sum = inputs.reduce((sum, input) => sum + input.product, 0)
    this.next(this.end)
  }

  @step end() {
    console.log(this.words.join(' and '))
  }
}
`

beforeAll(() => {
  writeFileSync(join(folder, 'sum-flow.ts'), FLOW)
  symlinkSync(fileURLToPath(new URL('../../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the body of a script in the project and returns what it printed, as JSON. */
async function script(body: string): Promise<unknown> {
  const text = `import { runFlow } from 'flowctl/testing'\nconst print = (value) => console.log(JSON.stringify(value))\n${body}`
  writeFileSync(join(folder, 'script.mjs'), text)
  const { stdout } = await promisify(execFile)(process.execPath, ['script.mjs'], { cwd: folder })
  return JSON.parse(stdout)
}

test('a flow is run to its end, with defaults', async () => {
  const told = await script(`
    const run = await runFlow('sum-flow.ts')
    print([run.status, await run.get('sum'), (await (await run.task('end')).stdout()).trim()])`)
  expect(told).toEqual(['succeeded', 12, 'a'])
})

test('parameters are values or texts', async () => {
  const told = await script(`
    const parameters = { factor: 10, numbers: [5, 6], words: ['x', 'y'] }
    const run = await runFlow('sum-flow.ts', { parameters, tags: ['test'], user: 'ada', maxWorkers: 1, isolate: true })
    const again = await runFlow('sum-flow.ts', { parameters: { factor: '3', numbers: '[1]', words: 'p|q' } })
    const end = await run.task('end')
    print([await run.get('sum'), (await end.stdout()).trim(), run.userTags, run.user, await again.get('sum')])`)
  expect(told).toEqual([110, 'x and y', ['test'], 'ada', 3])
})

test('a run that fails is returned, not thrown', async () => {
  const told = await script(`
    const events = []
    const env = { ...process.env, BROKEN: '1' }
    const run = await runFlow('sum-flow.ts', { env, with: ['retry:times=1'], onEvent: (event) => events.push(event.type) })
    print([run.status, run.error.step, run.error.attempt, run.error.error.message, events.at(-1)])`)
  expect(told).toEqual(['failed', 'multiply', 1, 'broken', 'run-ended'])
})

test('problems are thrown', async () => {
  const told = await script(`
    const codes = async (file, options) => {
      try {
        await runFlow(file, options)
      } catch (error) {
        return error.problems?.map((one) => one.code) ?? [error.code]
      }
    }
    print([
      await codes('sum-flow.ts', { parameters: { factor: 'many' } }),
      await codes('sum-flow.ts', { parameters: { nope: 1 } }),
      await codes('none.ts'),
    ])`)
  expect(told).toEqual([['PARAMETER_VALUE_INVALID'], ['PARAMETER_UNKNOWN'], ['FLOW_FILE_NOT_FOUND']])
})

test('runs are kept where they are told to be, else removed at the end', async () => {
  const told = await script(`
    const kept = await runFlow('sum-flow.ts', { datastore: 'kept' })
    const { readdirSync } = await import('node:fs')
    const { tmpdir } = await import('node:os')
    const before = new Set(readdirSync(tmpdir()))
    await runFlow('sum-flow.ts')
    print([kept.id, readdirSync(tmpdir()).filter((name) => name.startsWith('flowctl-test-datastore') && !before.has(name))])`)
  const [id, [temporary = '']] = told as [string, string[]]
  expect(existsSync(join(folder, 'kept', 'SumFlow', 'runs', id, 'run.json'))).toBe(true)
  expect(temporary).toMatch(/^flowctl-test-datastore-/)
  expect(existsSync(join(tmpdir(), temporary))).toBe(false)
})

import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { testFlow } from './harness.ts'

test('the working directory, the environment and the scratch folder are put back after a task', async () => {
  const flow = await testFlow(
    `
import { writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
export class Messy extends FlowSpec {
  dir!: string
  @step start() {
    this.dir = current.tempDir
    if (current.tempDir !== this.dir) throw new Error('not the same twice')
    writeFileSync(this.dir + '/file', 'x')
    process.chdir(this.dir)
    process.env['GIVEN'] = 'changed'
    process.env['ADDED'] = 'x'
    delete process.env['GONE']
    console.log(execFileSync(process.execPath, ['-p', 'process.env.GIVEN + process.env.ADDED + process.env.GONE']).toString().trim())
    this.next(this.end)
  }
  @step end() { console.log(process.env['GIVEN'], process.env['ADDED'], process.env['GONE'], process.cwd() !== this.dir, 'GIVEN' in process.env) }
}`,
    { env: { GIVEN: 'given', GONE: 'here' } },
  )
  const start = await flow.steps('start')
  expect(start.lines).toEqual(['changedxundefined'])
  const { dir } = await flow.values(start.ok.artifacts)
  expect(existsSync(dir as string)).toBe(false)
  const end = await flow.slice('end', { input: { type: 'task', artifacts: start.ok.artifacts } })
  expect(end.lines).toEqual(['given undefined here true true'])
})

test('current tells about the task', async () => {
  const flow = await testFlow(`
const outside = () => { try { return current.runId } catch (error) { return (error as any).code } }
const atLoad = [current.isRunning, outside()]
export class Telling extends FlowSpec {
  rate = Parameter.number({ default: 0.5 })
  items = ['a', 'b']
  @step start() { this.next(this.work, { foreach: 'items' }) }
  @step async work() {
    await null
    const { flowName, runId, stepName, taskId, attempt, pathspec, originRunId, tags, user, parameters } = current
    console.log(JSON.stringify({ flowName, runId, stepName, taskId, attempt, pathspec, originRunId, tags, user, parameters, atLoad }))
    this.next(this.join)
  }
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`)
  const bound = (await flow.bind({ rate: { text: '0.75', source: '--rate' } })).all[0]
  if (bound?.type !== 'bound') throw new Error('not bound')
  expect(bound.previews).toEqual({ rate: '0.75' })
  flow.open({ parameters: bound.parameters, tags: ['mine'], originRun: '0000' })
  const start = await flow.slice('start')
  if (start.ok.taken.kind !== 'foreach') throw new Error('not a foreach')
  const work = await flow.slice('work', {
    range: { from: 1, to: 2 },
    attempt: 3,
    foreaches: [{ step: 'start', count: 2, segments: start.ok.taken.segments }],
    input: { type: 'task', artifacts: start.ok.artifacts },
  })
  expect(JSON.parse(work.lines[0]!)).toEqual({
    flowName: 'Telling',
    runId: '0001',
    stepName: 'work',
    taskId: '1',
    attempt: 3,
    pathspec: 'Telling/0001/work/1',
    originRunId: '0000',
    tags: ['mine'],
    user: 'tester',
    parameters: { rate: 0.75 },
    atLoad: [false, 'CURRENT_OUTSIDE_RUN'],
  })
})

test('parameters hold their values during construction, and cannot be assigned', async () => {
  const flow = await testFlow(`
export class Bound extends FlowSpec {
  n = Parameter.integer({ default: 2 })
  config = Parameter.json<{ a: number[] }>({ default: { a: [1] } })
  twice = this.n * 2
  copy = this.config
  @step start() { this.copy.a.push(2); console.log(this.n, this.twice, this.config.a, this.copy.a); this.next(this.end) }
  @step end() { console.log(this.config.a, this.copy.a); (this as any).n = 3 }
}`)
  const bound = (await flow.bind()).all[0]
  if (bound?.type !== 'bound') throw new Error('not bound')
  flow.open({ parameters: bound.parameters })
  const start = await flow.slice('start')
  expect(start.lines).toEqual(['2 4 [ 1 ] [ 1, 2 ]'])
  const end = await flow.slice('end', { input: { type: 'task', artifacts: start.ok.artifacts } })
  expect(end.lines).toEqual(['[ 1 ] [ 1, 2 ]'])
  expect(end.failure.error).toMatchObject({ code: 'PARAMETER_READ_ONLY', stack: expect.stringContaining('flow.ts') })
})

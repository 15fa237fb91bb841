import { expect, test } from 'vitest'
import { testFlow, type SliceAnswers } from './harness.ts'

const flowWith = (body: string, more = ''): string => `
${more}
export class Failing extends FlowSpec {
  items = [0, 1, 2]
  kept?: string
  @step start() { this.next(this.work, { foreach: 'items' }) }
  ${body}
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`

async function work(
  body: string,
  options: { cautious?: boolean; more?: string; to?: number; execArgv?: string[] } = {},
): Promise<SliceAnswers> {
  const flow = await testFlow(
    flowWith(body, options.more),
    options.execArgv === undefined ? {} : { execArgv: options.execArgv },
  )
  const start = await flow.steps('start')
  const { taken, artifacts } = start.ok
  if (taken.kind !== 'foreach') throw new Error('not a foreach')
  return flow.slice('work', {
    range: { from: 0, to: options.to ?? 3 },
    foreaches: [{ step: 'start', count: 3, segments: taken.segments }],
    input: { type: 'task', artifacts },
    cautious: options.cautious ?? false,
  })
}

const error = async (body: string, more?: string) => {
  const answers = await work(`@step async work() { ${body}; this.next(this.join) }`, {
    to: 1,
    ...(more === undefined ? {} : { more }),
  })
  return answers.failure.error
}

test("an exception fails its task, in the user's TypeScript, and the range goes on", async () => {
  const answers = await work(`
  @step work() {
    if (this.index === 1) this.explode()
    this.next(this.join)
  }
  explode() {
    interface OnlyInTypeScript { a: string }
    throw new RangeError('no', { cause: new TypeError('deep', { cause: 'text' }) })
  }`)
  expect(answers.tasks.map(({ task, result }) => [task, result.ok])).toEqual([
    ['0', true],
    ['1', false],
    ['2', true],
  ])
  const { result } = answers.tasks[1]!
  if (result.ok) throw new Error('it succeeded')
  expect(result.error).toMatchObject({
    kind: 'exception',
    name: 'RangeError',
    message: 'no',
    cause: { name: 'TypeError', message: 'deep', cause: { message: expect.stringContaining("'text'") } },
  })
  expect(result.error.stack).toMatch(/^ {4}at .*explode.*flow\.ts:15:11/)
  expect(answers.idle).toEqual({ type: 'idle' })
})

test('whatever is thrown becomes an error', async () => {
  expect(await error(`throw 'a text'`)).toMatchObject({ name: 'Error', message: expect.stringContaining("'a text'") })
  expect(await error('throw null')).toMatchObject({ message: expect.stringContaining('null') })
  expect(await error('throw undefined')).toMatchObject({ message: expect.stringContaining('undefined') })
  expect(await error(`throw Object.freeze({ code: 7 })`)).toMatchObject({ message: expect.stringContaining('code: 7') })
  expect(await error(`throw Object.freeze(new Error('frozen'))`)).toMatchObject({ message: 'frozen' })
  expect(await error(`throw { get message() { throw 1 } }`)).toMatchObject({ kind: 'exception' })
  const ring = await error(`const a = new Error('ring'); a.cause = a; throw a`)
  expect(ring.cause?.cause?.message).toBe('ring')
  expect(await error(`await Promise.any(['first', 'second'].map((m) => Promise.reject(new Error(m))))`)).toMatchObject({
    name: 'AggregateError',
    errors: [{ message: 'first' }, { message: 'second' }],
  })
})

test('an uncaught exception fails the running task, and the process leaves', async () => {
  const answers = await work(`
  @step async work() {
    if (this.index === 1) {
      setTimeout(() => { throw new Error('from a timer') })
      await new Promise((resolve) => setTimeout(resolve, 10_000))
    }
    this.next(this.join)
  }`)
  expect(answers.tasks.map(({ result }) => result.ok)).toEqual([true, false])
  expect(answers.failure.error).toMatchObject({ kind: 'exception', message: 'from a timer' })
  expect(answers.idle).toEqual({ type: 'idle', next: 2, leaving: true })
})

test('an unhandled rejection fails the task that made it, even one that has returned', async () => {
  const answers = await work(`
  @step work() {
    if (this.index === 1) void Promise.reject(new Error('nobody looks'))
    this.next(this.join)
  }`)
  expect(answers.tasks.map(({ result }) => result.ok)).toEqual([true, false])
  expect(answers.failure.error.message).toBe('nobody looks')
  expect(answers.idle).toEqual({ type: 'idle', next: 2, leaving: true })
})

test('a process that leaves ends by itself', async () => {
  const flow = await testFlow(`
export class Leaving extends FlowSpec {
  @step start() { void Promise.reject(new Error('x')); this.next(this.end) }
  @step end() {}
}`)
  expect((await flow.slice('start')).idle).toEqual({ type: 'idle', leaving: true })
  expect(await flow.process.exited).toEqual({ code: 0, signal: null })
})

test('process.exit says where it was called, and what was done before is not lost', async () => {
  const answers = await work(`
  @step work() {
    console.log('about to')
    process.stdout.write('no line end')
    if (this.index === 1) process.exit(3)
    this.next(this.join)
  }`)
  expect(answers.tasks).toHaveLength(1)
  expect(answers.started.at(-1)?.task).toBe('1')
  expect(answers.lines).toEqual(['about to', 'no line end', 'about to', 'no line end'])
  expect(answers.exiting).toMatchObject({ code: 3, stack: expect.stringMatching(/work.*flow\.ts/) })
  expect(answers.exit).toEqual({ code: 3, signal: null })
})

test('a killed process has said everything up to its death in cautious mode', async () => {
  const answers = await work(
    `
  @step work() {
    console.log('line', this.index)
    if (this.index === 2) process.kill(process.pid, 'SIGKILL')
    this.next(this.join)
  }`,
    { cautious: true },
  )
  expect(answers.exit).toEqual({ code: null, signal: 'SIGKILL' })
  expect(answers.tasks.map(({ task }) => task)).toEqual(['0', '1'])
  expect(answers.started.map(({ task }) => task)).toEqual(['0', '1', '2'])
  expect(answers.lines).toEqual(['line 0', 'line 1', 'line 2'])
})

test('a full heap kills the process; the start of the task is known', async () => {
  const answers = await work(
    `
  @step work() {
    const all: unknown[] = []
    if (this.index === 1) for (;;) all.push(new Array(1000).fill(all.length))
    this.next(this.join)
  }`,
    { cautious: true, execArgv: ['--max-old-space-size=64'] },
  )
  expect(answers.tasks.map(({ task }) => task)).toEqual(['0'])
  expect(answers.started.at(-1)?.task).toBe('1')
  expect(answers.exit?.signal).toBe('SIGABRT')
})

test('a step that blocks for ever has been seen to start, with its lines', async () => {
  const flow = await testFlow(`
export class Blocking extends FlowSpec {
  @timeout({ seconds: 60 }) @step start() { console.log('before'); for (;;) {} this.next(this.end) }
  @step end() {}
}`)
  const answers = await flow.slice('start', {
    onEach: (answer) => {
      if (answer.type === 'log') flow.process.kill()
    },
  })
  expect(answers.started).toHaveLength(1)
  expect(answers.lines).toEqual(['before'])
  expect(answers.exit?.signal).toBe('SIGKILL')
})

test('a step whose promise nothing can settle fails instead of hanging', async () => {
  expect(await error('await new Promise(() => {})')).toMatchObject({ code: 'STEP_NEVER_SETTLES' })
})

test('a failing chain stops, and the next index starts from its beginning', async () => {
  const flow = await testFlow(`
export class Chain extends FlowSpec {
  items = [0, 1]
  @step start() { this.next(this.one, { foreach: 'items' }) }
  @step one() { if (this.index === 0) throw new Error('one'); this.next(this.two) }
  @step two() { this.next(this.join) }
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`)
  const start = await flow.steps('start')
  if (start.ok.taken.kind !== 'foreach') throw new Error('not a foreach')
  const answers = await flow.slice('one', {
    chain: ['one', 'two'],
    range: { from: 0, to: 2 },
    attempt: 4,
    foreaches: [{ step: 'start', count: 2, segments: start.ok.taken.segments }],
    input: { type: 'task', artifacts: start.ok.artifacts },
  })
  expect(answers.tasks.map(({ step, task, attempt, result }) => [step, task, attempt, result.ok])).toEqual([
    ['one', '0', 4, false],
    ['one', '1', 4, true],
    ['two', '1', 0, true],
  ])
})

test('@catchError: what was stored before the throw, what cannot be stored left out, and the static transition', async () => {
  const flow = await testFlow(`
export class Caught extends FlowSpec {
  before = 1
  good?: string
  bad?: unknown
  problem?: unknown
  @catchError({ var: 'problem' }) @step start() {
    this.good = 'kept'
    this.bad = { f() {} }
    throw new Error('late')
    this.next(this.middle)
  }
  @catchError({ var: 'problem' }) @step middle() { this.next(this.end) }
  @step end() {}
}`)
  const { failure } = await flow.slice('start')
  expect(failure.error.message).toBe('late')
  expect(failure.caught?.taken).toEqual({ kind: 'linear', to: 'middle' })
  expect(await flow.values(failure.caught!.artifacts)).toEqual({ before: 1, good: 'kept' })
  const middle = await flow.slice('middle', { input: { type: 'task', artifacts: failure.caught!.artifacts } })
  expect(await flow.values(middle.ok.artifacts)).toEqual({ before: 1, good: 'kept', problem: null })
})

test('an error of the table keeps its code and its fix', async () => {
  expect(await error('this.kept = () => 1')).toMatchObject({
    code: 'ARTIFACT_NOT_STORABLE',
    fix: expect.any(String),
    message: expect.stringContaining('this.kept'),
    stack: expect.stringMatching(/work.*flow\.ts/),
  })
  expect(await error('this.kept = { deep: [new Thing()] }', 'class Thing {}')).toMatchObject({
    code: 'ARTIFACT_CLASS_UNREGISTERED',
    message: expect.stringContaining('this.kept.deep[0]'),
  })
  expect(await error('this.kept = this')).toMatchObject({ code: 'ARTIFACT_IS_FLOW' })
  expect(await error('this.kept = [this]')).toMatchObject({
    code: 'ARTIFACT_IS_FLOW',
    message: expect.stringContaining('this.kept[0]'),
  })
})

test('process.exit imported by name says so, too', async () => {
  const answers = await work(`@step work() { exit(4); this.next(this.join) }`, {
    more: `import { exit } from 'node:process'`,
  })
  expect(answers.exiting?.code).toBe(4)
})

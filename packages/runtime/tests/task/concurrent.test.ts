import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { testFlow, type FlowOptions, type SliceAnswers, type SliceOptions } from './harness.ts'

const COUNT = 40

/** A foreach of 40 over `work` and `after`; `start` makes what the tasks await. */
const FLOW = (work: string, more: string): string => `
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
let running = 0
let most = 0
${more}
export class Concurrent extends FlowSpec<number> {
  items = Array.from({ length: ${COUNT} }, (_, i) => i)
  shared = { list: [] as number[] }
  seen?: unknown
  @step start() { this.next(this.work, { foreach: 'items' }) }
  ${work}
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`

const AFTER = '@step after() { this.next(this.join) }'
const work = (body: string, decorators = '@concurrent(10)', after = AFTER): string =>
  `${decorators} @step async work() { ${body}; this.next(this.after) }\n  ${after}`

async function concurrent(steps: string, options: FlowOptions & { more?: string } = {}) {
  const flow = await testFlow(FLOW(steps, options.more ?? ''), options)
  const start = await flow.slice('start')
  const { taken, artifacts } = start.ok
  if (taken.kind !== 'foreach') throw new Error('not a foreach')
  const foreaches = [{ step: 'start', count: COUNT, segments: taken.segments }]
  const run = (from: number, to: number, more: SliceOptions = {}) =>
    flow.slice('work', {
      chain: ['work', 'after'],
      range: { from, to },
      foreaches,
      input: { type: 'task', artifacts },
      ...more,
    })
  return { flow, run }
}

const tasksOf = ({ tasks }: SliceAnswers, step: string): number[] =>
  tasks.flatMap((one) => (one.step === step ? [Number(one.task)] : []))
const linesOf = ({ logs }: SliceAnswers, task: number): string[] =>
  logs.flatMap((line) => (line.task === String(task) ? [line.text] : []))
const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)
const range = (to: number): number[] => Array.from({ length: to }, (_, i) => i)

test('up to so many tasks of the step are under way at once, started in order, and no more', async () => {
  const { flow, run } = await concurrent(
    work(`running += 1; most = Math.max(most, running); await pause(20 + ((this.input * 7) % 13)); running -= 1
      this.seen = most`),
  )
  const answers = await run(0, COUNT)
  expect(answers.started.filter((one) => one.step === 'work').map((one) => Number(one.task))).toEqual(range(COUNT))
  expect(ascending(tasksOf(answers, 'after'))).toEqual(range(COUNT))
  const { result } = answers.tasks.findLast((one) => one.step === 'work')!
  if (!result.ok) throw new Error(result.error.message)
  expect(await flow.values(result.artifacts)).toMatchObject({ seen: 10 })
  expect(answers.idle).toEqual({ type: 'idle' })
})

test('a step without the decorator runs one task at a time, also between those that do not', async () => {
  const after = `@step async after() {
    running += 1; const most = running; await pause(1); running -= 1
    this.seen = most; this.next(this.join) }`
  const { flow, run } = await concurrent(work('await pause(5)', '@concurrent(10)', after))
  const answers = await run(0, COUNT)
  for (const { step, result } of answers.tasks) {
    if (!result.ok) throw new Error(result.error.message)
    if (step === 'after') expect(await flow.values(result.artifacts)).toMatchObject({ seen: 1 })
  }
  expect(ascending(tasksOf(answers, 'after'))).toEqual(range(COUNT))
})

test('lines belong to the task that wrote them: after awaits, from nested functions, timers and streams', async () => {
  const { run } = await concurrent(
    work(
      `console.log('begin', this.input)
      await pause((this.input * 7) % 11)
      await deeper(this.input, 3)
      process.stdout.write('half ')
      setTimeout(() => console.error('timer', current.taskId), 1)
      await pause(5)
      process.stdout.write('line ' + this.input)`,
    ),
    {
      more: `
    async function deeper(n: number, depth: number): Promise<void> {
      await Promise.all([pause(1), pause(2)])
      console.log('depth', depth, 'of', n, current.pathspec.split('/').slice(2).join('/'))
      if (depth > 0) await deeper(n, depth - 1)
    }`,
    },
  )
  const answers = await run(0, COUNT)
  for (const n of range(COUNT)) {
    expect(linesOf(answers, n)).toEqual([
      `begin ${n}`,
      ...[3, 2, 1, 0].map((depth) => `depth ${depth} of ${n} work/${n}`),
      `timer ${n}`,
      `half line ${n}`,
    ])
  }
  expect(answers.logs.every((line) => line.step === 'work' && line.attempt === 0)).toBe(true)
})

test('instances, items, artifacts, `current` and scratch folders are each their own', async () => {
  const { flow, run } = await concurrent(
    work(
      `const dir = current.tempDir
      writeFileSync(join(dir, 'own'), String(this.input))
      this.shared.list.push(this.input)
      await pause((this.input * 5) % 7)
      this.seen = [readFileSync(join(current.tempDir, 'own'), 'utf8'), current.tempDir === dir, current.taskId, current.stepName, dir]`,
    ),
    { more: `import { readFileSync, writeFileSync } from 'node:fs'\nimport { join } from 'node:path'` },
  )
  const answers = await run(0, COUNT)
  for (const { step, task, result } of answers.tasks) {
    if (!result.ok) throw new Error(result.error.message)
    if (step !== 'work') continue
    const { seen, shared } = await flow.values(result.artifacts)
    expect(shared).toEqual({ list: [Number(task)] })
    expect(seen).toEqual([task, true, task, 'work', expect.any(String)])
    expect(existsSync((seen as string[])[4] as string)).toBe(false)
  }
})

test('a task that throws fails alone', async () => {
  const { run } = await concurrent(
    work(`await pause(this.input % 5); if (this.input % 10 === 3) throw new Error('no ' + this.input)`),
  )
  const answers = await run(0, COUNT)
  const failed = answers.tasks.flatMap(({ task, result }) => (result.ok ? [] : [[Number(task), result.error.message]]))
  expect(failed.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([3, 13, 23, 33].map((n) => [n, `no ${n}`]))
  expect(ascending(tasksOf(answers, 'after'))).toEqual(range(COUNT).filter((n) => n % 10 !== 3))
  expect(answers.idle).toEqual({ type: 'idle' })
})

test('an uncaught error fails the task it comes from; the others under way end, nothing new starts, the process leaves', async () => {
  const { flow, run } = await concurrent(
    work(`if (this.input === 4) setTimeout(() => { throw new Error('from a timer') }, 5)
      if (this.input === 6) void (async () => { await pause(5); throw new Error('nobody looks') })()
      await pause(60)`),
  )
  const answers = await run(0, COUNT)
  const failed = answers.tasks.flatMap(({ task, result }) => (result.ok ? [] : [[task, result.error.message]]))
  expect(failed.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    ['4', 'from a timer'],
    ['6', 'nobody looks'],
  ])
  expect(answers.idle).toEqual({ type: 'idle', next: 10, leaving: true })
  expect(ascending(tasksOf(answers, 'after'))).toEqual([0, 1, 2, 3, 5, 7, 8, 9])
  expect(await flow.process.exited).toEqual({ code: 0, signal: null })
})

test('what a task leaves behind is still its own: late lines, and late errors, which fail nobody', async () => {
  const { run } = await concurrent(
    work(`if (this.input === 0) {
        setTimeout(() => { console.log('late', current.taskId); process.stdout.write('no end') }, 30)
        setTimeout(() => { throw new Error('too late') }, 50)
      } else await pause(100)`),
  )
  const answers = await run(0, COUNT)
  expect(answers.tasks.every(({ result }) => result.ok)).toBe(true)
  expect(linesOf(answers, 0).slice(0, 3)).toEqual(['late 0', 'no end', expect.stringContaining('too late')])
  for (const n of range(COUNT).slice(1)) expect(linesOf(answers, n)).toEqual([])
  expect(answers.idle?.leaving).toBe(true)
  const next = answers.idle?.next as number
  expect(next).toBeLessThan(COUNT)
  expect(ascending(tasksOf(answers, 'after'))).toEqual(range(next))
})

test('what comes after the end of the slice disturbs no other', async () => {
  const { run } = await concurrent(
    work(`if (attempted++ < 10) setTimeout(() => console.log('much too late'), 100)
      else { await pause(300); console.log('own') }`),
    { more: 'let attempted = 0' },
  )
  expect((await run(0, 10)).lines).toEqual([])
  const alone = await run(10, 11)
  expect(alone.logs.map((line) => `${line.task} ${line.text}`)).toEqual(['10 own'])
  expect((await run(11, 13)).logs.map((line) => `${line.task} ${line.text}`)).toEqual(['11 own', '12 own'])
})

test('process.exit says which task called it', async () => {
  const { run } = await concurrent(
    work(`console.log('line', this.input); await pause(10); if (this.input === 7) { process.stdout.write('bye'); process.exit(3) }
      await pause(500)`),
  )
  const answers = await run(0, COUNT)
  expect(answers.exiting).toMatchObject({ code: 3, by: { step: 'work', task: '7', attempt: 0 } })
  expect(linesOf(answers, 7)).toEqual(['line 7', 'bye'])
  expect(answers.started).toHaveLength(10)
  expect(answers.exit).toEqual({ code: 3, signal: null })
})

test('a killed process has said which tasks were under way', async () => {
  const { run } = await concurrent(
    work(
      `await pause(this.input); if (this.input === 25) process.kill(process.pid, 'SIGKILL'); if (this.input % 2) await pause(400)`,
    ),
  )
  const answers = await run(0, COUNT)
  const ended = answers.tasks.filter((one) => one.step === 'work').map((one) => one.task)
  const under = answers.started.filter((one) => one.step === 'work' && !ended.includes(one.task)).map((one) => one.task)
  expect(under).toContain('25')
  expect(under.length).toBeLessThanOrEqual(10)
})

test('a slice past its target ends what is under way and hands the rest back', async () => {
  const { run } = await concurrent(work('await pause(50)'))
  const answers = await run(0, COUNT, { targetMs: 60 })
  const next = answers.idle?.next as number
  expect(next).toBeGreaterThanOrEqual(10)
  expect(next).toBeLessThan(COUNT)
  expect(ascending(tasksOf(answers, 'after'))).toEqual(range(next))
})

test('drain is heard while tasks wait', async () => {
  const { flow, run } = await concurrent(work('await pause(200)'))
  const drain = (): void => flow.process.send({ type: 'drain' })
  const answers = await run(0, COUNT, { onEach: (answer) => void (answer.type === 'started' && drain()) })
  expect(answers.idle?.next).toBe(10)
})

test('a process that is asked answers while its tasks wait, and does not while one computes', async () => {
  const { flow, run } = await concurrent(
    work(`await pause(100)
      if (this.input === 0) { console.log('busy'); const until = Date.now() + 400; while (Date.now() < until); }`),
  )
  const ask = (): void => flow.process.send({ type: 'ask' })
  let busyAt = 0
  const heard: number[] = []
  await run(0, 10, {
    onEach: (answer) => {
      if (answer.type === 'started' && answer.task === '9' && answer.step === 'work') ask()
      if (answer.type === 'log') {
        busyAt = answer.at
        ask()
      }
      if (answer.type === 'alive') heard.push(Date.now())
    },
  })
  expect(heard).toHaveLength(2)
  expect((heard[1] as number) - busyAt).toBeGreaterThanOrEqual(390)
})

test('tasks whose promises nothing can settle fail; those that do something go on', async () => {
  const { run } = await concurrent(work('if (this.input % 2) await new Promise(() => {}); await pause(10)'))
  const answers = await run(0, COUNT)
  const codes = answers.tasks.flatMap(({ task, result }) => (result.ok ? [] : [[Number(task), result.error.code]]))
  expect(codes.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(
    range(COUNT).flatMap((n) => (n % 2 ? [[n, 'STEP_NEVER_SETTLES']] : [])),
  )
  expect(ascending(tasksOf(answers, 'after'))).toEqual(range(COUNT).filter((n) => n % 2 === 0))
})

test('the working directory and the environment are put back when the slice is over', async () => {
  const { flow, run } = await concurrent(
    work(
      `this.seen = [process.env['LEFT'], process.cwd()]; if (this.input < 10) { process.env['LEFT'] = 'here'; process.chdir('/') }; await pause(5)`,
    ),
  )
  await run(0, 10)
  const { tasks } = await run(10, 11)
  const [{ result } = { result: undefined }] = tasks
  if (result?.ok !== true) throw new Error('it failed')
  expect((await flow.values(result.artifacts))['seen']).toEqual([undefined, process.cwd()])
})

test('a step that is not async gains nothing and loses nothing', async () => {
  const { run } = await concurrent(
    `@concurrent(10) @step work() { console.log(this.input); this.next(this.after) }\n ${AFTER}`,
  )
  const answers = await run(0, COUNT)
  expect(ascending(tasksOf(answers, 'after'))).toEqual(range(COUNT))
  for (const n of range(COUNT)) expect(linesOf(answers, n)).toEqual([String(n)])
})

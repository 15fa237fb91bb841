import { describe, expect, it, onTestFinished } from 'vitest'
import type { FlowGraph } from '@flowctl/core'
import { execute, type Execution, type ExecutionResult } from '../../src/execute/execution.ts'
import type { OwnedLine } from '../../src/execute/task-logs.ts'
import { TaskProcess } from '../../src/processes/task-process.ts'
import type { SliceRequest, StartedAnswer, TaskAnswer } from '@flowctl/runtime'
import { until } from '@flowctl/test-support/until'
import { chainGraph } from '../graphs.ts'
import { entry } from '../processes/entries.ts'

const REQUEST: SliceRequest = {
  type: 'slice',
  head: 'a',
  chain: ['a', 'b', 'c'],
  entry: 'a',
  path: [],
  range: { from: 3, to: 5 },
  turn: 0,
  attempt: 0,
  foreaches: [],
  input: { type: 'none' },
  cautious: false,
}
const ALONE: SliceRequest = { ...REQUEST, range: { from: 3, to: 4 } }

/** In a slice: `began(step, task)` and `ended(step, task)` say so. */
const WORDS = `
const began = (step, task, attempt = 0) => say({ type: 'started', step, task, attempt, at: 1 })
const ended = (step, task, ok = true) => say({ type: 'task', step, task, attempt: 0, startedAt: 1, endedAt: 2, result: ok
  ? { ok: true, artifacts: {}, taken: { kind: 'linear', to: 'x' } }
  : { ok: false, error: { kind: 'exception', name: 'Error', message: 'no' } } })
const die = () => process.kill(process.pid, 'SIGKILL')
const hang = () => setInterval(() => {}, 1000)
`

interface Seen {
  readonly started: StartedAnswer[]
  readonly ended: TaskAnswer[]
  readonly lines: OwnedLine[]
}

function run(
  slice: string,
  request: SliceRequest = REQUEST,
  graph: FlowGraph = chainGraph(),
  drain = '',
  ask = '',
): Execution & { seen: Seen; process: TaskProcess } {
  const task = new TaskProcess({ entry: entry({ slice, drain, ask }, WORDS), env: process.env })
  onTestFinished(() => task.kill())
  const seen: Seen = { started: [], ended: [], lines: [] }
  const watcher = {
    started: (answer: StartedAnswer) => seen.started.push(answer),
    ended: (answer: TaskAnswer) => seen.ended.push(answer),
    line: (line: OwnedLine) => seen.lines.push(line),
  }
  return { ...execute(task, request, { graph, maxLogBytes: 1000, now: Date.now, watcher }), seen, process: task }
}

const suspectsOf = ({ death }: ExecutionResult): readonly string[] =>
  (death?.suspects ?? []).map(({ step, task, attempt }) => `${step}/${task}/${attempt}`)
/** The only one, if there is one. */
const suspectOf = (result: ExecutionResult): string | undefined => {
  expect(suspectsOf(result).length).toBeLessThan(2)
  return suspectsOf(result)[0]
}

describe('an execution', () => {
  it('collects what the process answers, and leaves it reusable', async () => {
    const { result, seen, process } =
      run(`began('a', '3'); ended('a', '3'); say({ type: 'log', step: 'b', task: '3', attempt: 0,
      stream: 'stderr', at: 9, text: 'hello' }); ended('b', '3', false); say({ type: 'idle' })`)
    const { answers, reusable, pid, death, next, logs } = await result
    expect(answers.map(({ step, result: { ok } }) => `${step} ${ok}`)).toEqual(['a true', 'b false'])
    expect({ reusable, pid, death, next }).toEqual({
      reusable: true,
      pid: process.pid,
      death: undefined,
      next: undefined,
    })
    expect(seen.started).toHaveLength(1)
    expect(seen.ended).toEqual(answers)
    expect(seen.lines).toMatchObject([{ step: 'b', task: '3', stream: 'stderr', at: 9, text: 'hello' }])
    expect(logs.linesOf({ step: 'b', task: '3', attempt: 0 })).toEqual([{ at: 9, stream: 'stderr', text: 'hello' }])
  })

  it('knows where the process stopped, and when it is not to be used again', async () => {
    const { result } = run(`ended('a', '3', false); say({ type: 'idle', next: 4, leaving: true })`)
    expect(await result).toMatchObject({ next: 4, reusable: false })
  })

  it('hands a wish to drain on', async () => {
    const { result, drain } = run(
      `began('a', '3')`,
      REQUEST,
      chainGraph(),
      `ended('a', '3', false); say({ type: 'idle', next: 4 })`,
    )
    drain()
    expect((await result).next).toBe(4)
  })

  it('keeps raw output of the task that is running, without a line end too', async () => {
    const { result, seen } = run(`began('a', '3'); setTimeout(() => { writeSync(1, 'native\\nrest')
      setTimeout(() => { ended('a', '3'); say({ type: 'idle' }) }, 100) }, 100)`)
    const { logs } = await result
    const texts = ['native', 'rest']
    expect(logs.linesOf({ step: 'a', task: '3', attempt: 0 }).map((line) => line.text)).toEqual(texts)
    expect(seen.lines.map(({ task, text }) => `${task} ${text}`)).toEqual(texts.map((text) => `3 ${text}`))
  })
})

describe('when the process dies', () => {
  it('the attempt it was in is known in a careful execution', async () => {
    const dying = `began('a', '3'); ended('a', '3'); began('b', '3'); die()`
    const careful = await run(dying, { ...REQUEST, cautious: true }).result
    expect(suspectOf(careful)).toBe('b/3/0')
    expect(careful).toMatchObject({ reusable: false, death: { cancelled: false, error: { kind: 'signal' } } })
    expect(suspectOf(await run(dying).result)).toBeUndefined()
  })

  it('it is known in a slice of one index, also without a word of its start', async () => {
    expect(suspectOf(await run('die()', { ...ALONE, attempt: 2 }).result)).toBe('a/3/2')
    expect(suspectOf(await run(`ended('a', '3'); die()`, { ...ALONE, attempt: 2 }).result)).toBe('b/3/0')
    const { range, ...task } = ALONE
    expect(range).toBeDefined()
    const looping = { ...task, head: 'a', chain: ['a'], path: [7, 1], turn: 2, attempt: 1 }
    expect(suspectOf(await run('die()', looping).result)).toBe('a/7.1~2/1')
  })

  it('after the last task of a slice nobody is to blame', async () => {
    expect(suspectOf(await run(`ended('c', '3'); die()`, ALONE).result)).toBeUndefined()
    expect(suspectOf(await run(`ended('a', '3', false); die()`, ALONE).result)).toBeUndefined()
  })

  it('by process.exit, the task that called it is known, with the place', async () => {
    const { death } = await run(`began('b', '4'); say({ type: 'exiting', code: 3, stack: 'at b' }); process.exit(3)`)
      .result
    expect(death).toMatchObject({
      suspects: [{ step: 'b', task: '4' }],
      error: { code: 'TASK_EXITED', stack: 'at b' },
    })
  })

  it('because the run is cancelled, that is said', async () => {
    const { result, cancel, seen } = run(`began('a', '3'); hang()`)
    await until(() => seen.started.length > 0, 'the start')
    cancel()
    expect(await result).toMatchObject({ reusable: false, death: { cancelled: true } })
  })

  it('before the execution began, it is told all the same', async () => {
    const task = new TaskProcess({ entry: entry({}), env: process.env })
    let gone = false
    task.listen({ answer: () => {}, output: () => {}, exit: () => (gone = true) })
    task.kill()
    await until(() => gone, 'its end')
    const watcher = { started: () => {}, ended: () => {}, line: () => {} }
    const context = { graph: chainGraph(), maxLogBytes: 10, now: () => 42, watcher }
    expect(suspectOf(await execute(task, ALONE, context).result)).toBe('a/3/0')
  })
})

describe('a task with a time limit', () => {
  const limited = chainGraph({ a: { timeout: { seconds: 0.2 } } })
  const careful = { ...REQUEST, cautious: true }

  it('is killed when its time is up', async () => {
    const { death } = await run(`began('a', '3', 1); hang()`, careful, limited).result
    expect(death).toMatchObject({
      suspects: [{ step: 'a', task: '3', attempt: 1, result: { error: { kind: 'timeout' } } }],
      error: { kind: 'timeout' },
    })
    expect(death?.error.message).toContain('0.2 s')
  })

  it('has its own time: that of the task before it does not count', async () => {
    const slow = `for (const task of ['3', '4']) { began('a', task)
      await new Promise((resolve) => setTimeout(resolve, 600)); ended('a', task, false) }
      say({ type: 'idle' })`
    const { answers, death } = await run(slow, careful, chainGraph({ a: { timeout: { seconds: 1 } } })).result
    expect(death).toBeUndefined()
    expect(answers).toHaveLength(2)
  })

  it('that ends in the moment in which it is killed has ended, and nobody else is blamed', async () => {
    const task = new TaskProcess({
      entry: entry({ slice: `began('a', '3')`, drain: `ended('a', '3'); began('b', '3')` }, WORDS),
      env: process.env,
    })
    onTestFinished(() => task.kill())
    const kill = task.kill.bind(task)
    // The answer is on its way when the time is up.
    task.kill = () => {
      task.send({ type: 'drain' })
      setTimeout(kill, 200)
    }
    const watcher = { started: () => {}, ended: () => {}, line: () => {} }
    const context = { graph: limited, maxLogBytes: 10, now: () => 42, watcher }
    const { answers, death } = await execute(task, { ...ALONE, cautious: true }, context).result
    expect(answers.map(({ step }) => step)).toEqual(['a'])
    expect(death).toBeDefined()
    expect(death?.suspects).toEqual([])
  })
})

describe('tasks that run at once', () => {
  const shared = (seconds?: number): FlowGraph =>
    chainGraph({ a: { concurrent: { tasks: 5 }, ...(seconds === undefined ? {} : { timeout: { seconds } }) } })
  const many: SliceRequest = { ...REQUEST, range: { from: 3, to: 9 }, cautious: true }
  const three = `began('a', '3'); began('a', '4'); began('a', '5'); `
  const under = ({ death }: ExecutionResult): readonly string[] | undefined => death?.underWay?.map((one) => one.task)
  /** Answers like a process whose event loop turns. */
  const alive = `say({ type: 'alive' })`

  it('are all under way when the process dies, and none is blamed', async () => {
    const result = await run(`${three}ended('a', '4'); began('b', '4'); ended('a', '3'); die()`, many, shared()).result
    expect(suspectsOf(result)).toEqual([])
    expect(under(result)).toEqual(['5', '4'])
    expect(result.answers.map(({ task }) => task)).toEqual(['4', '3'])
  })

  it('leave the only one that is under way to be blamed', async () => {
    const result = await run(`${three}ended('a', '4', false); ended('a', '3', false); die()`, many, shared()).result
    expect(suspectOf(result)).toBe('a/5/0')
  })

  it('are told apart by process.exit', async () => {
    const exits = (by: string): string => `${three}say({ type: 'exiting', code: 3, stack: ''${by} }); process.exit(3)`
    const known = await run(exits(`, by: { step: 'a', task: '4', attempt: 0 }`), many, shared()).result
    expect(suspectsOf(known)).toEqual(['a/4/0'])
    expect(known.death?.error.code).toBe('TASK_EXITED')
    expect(suspectsOf(await run(exits(''), many, shared()).result)).toEqual([])
  })

  it('may end when one is over its time; it is killed when no other is left', async () => {
    const wind = `ended('b', '3', false); setTimeout(() => ended('b', '5', false), 50)`
    const slow = `began('b', '3'); began('a', '4'); began('b', '5'); hang()`
    const { death, answers } = await run(slow, many, shared(0.4), wind, alive).result
    expect(answers.map(({ task }) => task)).toEqual(['3', '5'])
    expect(death?.suspects).toMatchObject([{ task: '4', result: { error: { kind: 'timeout' } } }])
    expect(death?.underWay?.map(({ task }) => task)).toEqual(['4'])
  })

  it('are killed when the grace is over, and only those are blamed whose time was up', async () => {
    const graph = chainGraph({ a: { concurrent: { tasks: 5 }, timeout: { seconds: 0.3 } }, b: {} })
    const result = await run(`began('a', '3'); began('b', '4'); began('a', '5'); hang()`, many, graph, '', alive).result
    expect(suspectsOf(result)).toEqual(['a/3/0', 'a/5/0'])
    expect(under(result)).toEqual(['3', '4', '5'])
  })

  it('are not blamed when the event loop stood still', async () => {
    const result = await run(`${three}hang()`, many, shared(0.3)).result
    expect(suspectsOf(result)).toEqual([])
    expect(under(result)).toEqual(['3', '4', '5'])
    expect(result.death?.error.kind).toBe('timeout')
  })

  it('are not blamed for the time in which another held the event loop', async () => {
    const late = `globalThis.asked = (globalThis.asked ?? 0) + 1; if (asked > 3) ${alive}
      if (asked === 3) setTimeout(() => { ended('a', '4', false); say({ type: 'alive' }, { type: 'alive' }, { type: 'alive' }) }, 350)`
    const result = await run(`${three}hang()`, many, shared(0.6), '', late).result
    expect(result.answers.map(({ task }) => task)).toEqual(['4'])
    expect(suspectsOf(result)).toEqual(['a/3/0', 'a/5/0'])
  })

  it('go on when whoever was over the time has ended', async () => {
    const ends = `if (globalThis.drained) return; globalThis.drained = true
      ended('a', '3', false); ended('a', '4', false); ended('a', '5', false)
      setTimeout(() => say({ type: 'idle', next: 6 }), 800)`
    const result = await run(three, many, shared(0.3), ends, alive).result
    expect(result).toMatchObject({ next: 6, reusable: true })
    expect(result.answers).toHaveLength(3)
  })
})

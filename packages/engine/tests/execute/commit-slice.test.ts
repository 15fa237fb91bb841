import { describe, expect, it } from 'vitest'
import { chainGraph, END, graphOf, linear as linearTo, nestedGraph, split } from '../graphs.ts'
import type { Commit, FlowGraph, Slice, StepDecorators, TakenTransition, TaskError } from '@flowctl/core'
import { commitOf as commitOfExecution, type CommitContext } from '../../src/execute/commit-slice.ts'
import { attemptThatDied, endedAttempt } from '../../src/execute/ended-attempt.ts'
import type { ExecutionResult, ProcessDeath } from '../../src/execute/execution.ts'
import { TaskLogs } from '../../src/execute/task-logs.ts'
import type { StartedAnswer, TaskAnswer } from '@flowctl/runtime'

const NOW = 9000
const ref = (hash: string) => ({ hash, size: 1, type: 't', preview: hash })
const error: TaskError = { kind: 'exception', name: 'Error', message: 'no' }
const crash: TaskError = { kind: 'signal', name: 'FlowctlError', message: 'killed' }
const retry = (times: number, minutesBetweenRetries = 0, backoff = 1): StepDecorators => ({
  retry: { times, minutesBetweenRetries, backoff },
})

const taken = (graph: FlowGraph, step: string): TakenTransition => {
  const transition = graph.steps[step]?.transition
  if (transition?.kind === 'linear') return { kind: 'linear', to: transition.to }
  return { kind: 'end' }
}
const base = (step: string, task: string, attempt: number) =>
  ({ type: 'task', step, task, attempt, startedAt: 1000, endedAt: 2000 }) as const

function ok(graph: FlowGraph, step: string, task: string, attempt = 0): TaskAnswer {
  const artifacts = { left: ref(`${step}/${task}`) }
  return { ...base(step, task, attempt), result: { ok: true, artifacts, taken: taken(graph, step) } }
}
function bad(step: string, task: string, attempt = 0, more: Partial<TaskAnswer> = {}): TaskAnswer {
  return { ...base(step, task, attempt), result: { ok: false, error }, ...more }
}
const started = (step: string, task: string, attempt = 0): StartedAnswer => ({
  type: 'started',
  step,
  task,
  attempt,
  at: 3000,
})

/** What an execution reported, before anybody has decided what becomes of a failure. */
interface Report extends Omit<ExecutionResult, 'answers' | 'death'> {
  readonly answers: readonly TaskAnswer[]
  readonly death?: Omit<ProcessDeath, 'suspects'> & { readonly suspects: readonly StartedAnswer[] }
}

function result(answers: readonly TaskAnswer[], rest: Partial<Report> = {}): Report {
  return { pid: 77, answers, logs: new TaskLogs(1000), reusable: true, ...rest }
}
const died = (suspect?: StartedAnswer, cancelled = false): Pick<Report, 'death'> => ({
  death: { error: crash, cancelled, suspects: suspect === undefined ? [] : [suspect] },
})

function commitOf(slice: Slice, { answers, death, ...rest }: Report, given: CommitContext): Commit | undefined {
  const { graph } = given
  const suspects = (death?.suspects ?? []).map((one) => attemptThatDied(graph, one, crash, NOW))
  const ended = answers.map((answer) => endedAttempt(graph, answer))
  return commitOfExecution(
    slice,
    { ...rest, answers: ended, ...(death === undefined ? {} : { death: { ...death, suspects } }) },
    given,
  )
}

function context(graph: FlowGraph, more: Partial<CommitContext> = {}): CommitContext {
  return {
    graph,
    execution: 'nonce',
    host: 'here',
    carried: { artifacts: { carried: ref('carried') }, dropped: { gone: 'someJoin' } },
    caught: (caught) => ref(`caught ${caught.message}`),
    logOf: () => undefined,
    firstBatch: () => undefined,
    handBack: 'time',
    ...more,
  }
}

const range = (from: number, to: number, more: Partial<Slice> = {}): Slice => ({
  head: 'a',
  key: 'key',
  entry: 'a',
  path: [],
  range: { from, to },
  turn: 0,
  attempt: 0,
  after: { step: 'fan', task: '0' },
  ...more,
})
const single = (step: string, more: Partial<Slice> = {}): Slice => ({
  head: step,
  key: '0',
  entry: step,
  path: [],
  turn: 0,
  attempt: 0,
  ...more,
})

describe('a slice that is done', () => {
  it('has a final outcome for every task, and names nothing else', () => {
    const graph = chainGraph()
    const answers = ['0', '1'].flatMap((task) => ['a', 'b', 'c'].map((step) => ok(graph, step, task)))
    const commit = commitOf(range(0, 2), result(answers), context(graph))
    expect(commit).toMatchObject({ format: 1, head: 'a', key: 'key', execution: 'nonce', host: 'here' })
    expect(commit?.tasks.map(({ step, task, outcome }) => `${step}/${task} ${outcome}`)).toEqual(
      answers.map(({ step, task }) => `${step}/${task} succeeded`),
    )
    expect(commit?.tasks[1]).toEqual({
      step: 'b',
      task: '0',
      attempt: 0,
      startedAt: 1000,
      endedAt: 2000,
      pid: 77,
      outcome: 'succeeded',
      artifacts: { left: ref('b/0') },
      taken: { kind: 'linear', to: 'c' },
    })
    expect(commit?.continuations).toEqual([])
    expect(commit?.attempts).toEqual([])
    expect(commit).not.toHaveProperty('plan')
  })

  it('keeps what a join dropped, and where its logs are', () => {
    const graph = chainGraph()
    const answer: TaskAnswer = {
      ...base('end', '0', 0),
      result: { ok: true, artifacts: {}, dropped: { model: 'join' }, taken: { kind: 'end' } },
    }
    const log = { object: 'o', from: 0, to: 9, stdoutLines: 1, stderrLines: 0 }
    const asked: string[] = []
    const logOf: CommitContext['logOf'] = ({ step, task, attempt }) => {
      asked.push(`${step}/${task}/${attempt}`)
      return log
    }
    const commit = commitOf(single('end'), result([answer]), context(graph, { logOf }))
    expect(commit?.tasks[0]).toMatchObject({ dropped: { model: 'join' }, log })
    expect(asked).toEqual(['end/0/0'])
  })

  it('holds the first batch of the foreach it opened, and none for an empty one', () => {
    const graph = chainGraph()
    const fan = (count: number): TaskAnswer => ({
      ...base('fan', '0', 0),
      result: { ok: true, artifacts: {}, taken: { kind: 'foreach', to: 'a', count, segments: [] } },
    })
    const firstBatch = (step: string, count: number) =>
      step === 'fan' && count > 0 ? { from: 0, to: count, size: 4 } : undefined
    const opened = commitOf(single('fan'), result([fan(10)]), context(graph, { firstBatch }))
    expect(opened?.plan).toEqual({ from: 0, to: 10, size: 4 })
    expect(commitOf(single('fan'), result([fan(0)]), context(graph, { firstBatch }))).not.toHaveProperty('plan')
  })
})

describe('an attempt that failed', () => {
  it('is tried again: after its wait, alone, with the next attempt number', () => {
    const graph = chainGraph({ b: retry(2, 0.5, 3) })
    const slice = range(4, 6)
    const answers = [
      ok(graph, 'a', '4'),
      bad('b', '4', 0, { input: 'item 4' }),
      ...['a', 'b', 'c'].map((s) => ok(graph, s, '5')),
    ]
    const commit = commitOf(slice, result(answers), context(graph))
    expect(commit?.continuations).toEqual([
      { key: 'key_0', step: 'b', from: 4, to: 5, attempt: 1, notBefore: 2000 + 30_000, reason: 'retry' },
    ])
    expect(commit?.attempts).toEqual([
      { step: 'b', task: '4', attempt: 0, startedAt: 1000, endedAt: 2000, pid: 77, input: 'item 4', error },
    ])
    expect(commit?.tasks.map(({ step, task }) => step + task)).toEqual(['a4', 'a5', 'b5', 'c5'])
  })

  it('waits longer each time with a backoff, and fails for good when the retries are used up', () => {
    const graph = chainGraph({ b: retry(2, 0.5, 3) })
    const again = (attempt: number) =>
      commitOf(range(4, 5, { entry: 'b', attempt }), result([bad('b', '4', attempt)]), context(graph))
    expect(again(1)?.continuations).toMatchObject([{ step: 'b', attempt: 2, notBefore: 2000 + 90_000 }])
    expect(again(2)?.continuations).toEqual([])
    expect(again(2)?.tasks).toMatchObject([
      { step: 'b', task: '4', attempt: 2, outcome: 'failed', error, artifacts: {} },
    ])
    expect(again(2)?.tasks[0]).not.toHaveProperty('taken')
  })

  it('ends its index for good, while the others go on', () => {
    const graph = chainGraph()
    const answers = [ok(graph, 'a', '0'), bad('b', '0'), ...['a', 'b', 'c'].map((s) => ok(graph, s, '1'))]
    const commit = commitOf(range(0, 3), result(answers, { next: 2 }), context(graph))
    expect(commit?.tasks.map(({ step, task, outcome }) => `${step}${task} ${outcome}`)).toEqual([
      'a0 succeeded',
      'b0 failed',
      'a1 succeeded',
      'b1 succeeded',
      'c1 succeeded',
    ])
    expect(commit?.continuations).toEqual([{ key: 'key_0', step: 'a', from: 2, to: 3, attempt: 0, reason: 'time' }])
  })

  it('that is caught goes on in a continuation when it is not the last of its chain', () => {
    const graph = chainGraph({ b: { catchError: { var: 'problem' } } })
    const caught = { artifacts: { x: ref('x') }, dropped: { y: 'j' }, taken: { kind: 'linear', to: 'c' } } as const
    const answers = [ok(graph, 'a', '0'), bad('b', '0', 0, { result: { ok: false, error, caught } })]
    const commit = commitOf(range(0, 1), result(answers), context(graph))
    expect(commit?.tasks[1]).toMatchObject({
      step: 'b',
      outcome: 'caught',
      error,
      artifacts: { x: ref('x'), problem: ref('caught no') },
      dropped: { y: 'j' },
      taken: { kind: 'linear', to: 'c' },
    })
    expect(commit?.continuations).toEqual([{ key: 'key_0', step: 'c', from: 0, to: 1, attempt: 0, reason: 'caught' }])
  })

  it('that is caught at the end of its chain needs none, and no artifact without a name', () => {
    const graph = chainGraph({ c: { catchError: {} } })
    const answers = [...['a', 'b'].map((s) => ok(graph, s, '0')), bad('c', '0')]
    const commit = commitOf(range(0, 1), result(answers), context(graph))
    expect(commit?.continuations).toEqual([])
    expect(commit?.tasks[2]).toMatchObject({ outcome: 'caught', taken: { kind: 'linear', to: 'join' } })
  })

  it('that is caught before it stored anything leaves what the step before it left', () => {
    const graph = chainGraph({ a: { catchError: {} }, b: { catchError: {} } })
    const first = commitOf(range(0, 1), result([bad('a', '0')]), context(graph))
    expect(first?.tasks[0]).toMatchObject({ artifacts: { carried: ref('carried') }, dropped: { gone: 'someJoin' } })
    const second = commitOf(range(0, 1), result([ok(graph, 'a', '0'), bad('b', '0')]), context(graph))
    expect(second?.tasks[1]?.artifacts).toEqual({ left: ref('a/0') })
    expect(second?.tasks[1]).not.toHaveProperty('dropped')
    const inside = commitOf(range(0, 1, { entry: 'b' }), result([bad('b', '0')]), context(graph))
    expect(inside?.tasks[0]?.artifacts).toEqual({ carried: ref('carried') })
  })

  it('is caught only after its retries', () => {
    const graph = chainGraph({ c: { ...retry(1), catchError: {} } })
    const slice = range(0, 1, { entry: 'c' })
    expect(commitOf(slice, result([bad('c', '0')]), context(graph))?.continuations).toMatchObject([{ reason: 'retry' }])
    const last = commitOf({ ...slice, attempt: 1 }, result([bad('c', '0', 1)]), context(graph))
    expect(last?.tasks).toMatchObject([{ outcome: 'caught', attempt: 1 }])
  })

  it('takes the transition that the source says when it is caught: split, linear or the end', () => {
    const catching = { catchError: {} }
    const graph = graphOf({
      start: { next: split('left', 'right'), decorators: catching },
      left: { next: linearTo('join') },
      right: { next: linearTo('join') },
      join: { next: linearTo('end'), join: true },
      end: { next: END, decorators: catching },
    })
    const left = (step: string) => commitOf(single(step), result([bad(step, '0')]), context(graph))?.tasks[0]?.taken
    expect(left('start')).toEqual({ kind: 'split', to: ['left', 'right'] })
    expect(left('end')).toEqual({ kind: 'end' })
  })
})

describe('the death of the process', () => {
  it('in a known task fails that attempt; the rest runs apart, carefully', () => {
    const graph = chainGraph({ b: retry(1) })
    const answers = ['a', 'b', 'c'].map((step) => ok(graph, step, '0'))
    const suspect = { ...started('b', '1'), input: 'one' }
    const commit = commitOf(range(0, 4), result([...answers, ok(graph, 'a', '1')], died(suspect)), context(graph))
    expect(commit?.attempts).toEqual([
      { step: 'b', task: '1', attempt: 0, startedAt: 3000, endedAt: NOW, pid: 77, input: 'one', error: crash },
    ])
    expect(commit?.continuations).toEqual([
      { key: 'key_0', step: 'b', from: 1, to: 2, attempt: 1, notBefore: NOW, reason: 'retry' },
      { key: 'key_1', step: 'a', from: 2, to: 3, attempt: 0, reason: 'crash' },
      { key: 'key_2', step: 'a', from: 3, to: 4, attempt: 0, reason: 'crash' },
    ])
    expect(commit?.tasks).toHaveLength(4)
  })

  it('in a known task without retries is its final failure', () => {
    const graph = chainGraph()
    const commit = commitOf(single('start'), result([], died(started('start', '0'))), context(graph))
    expect(commit?.tasks).toMatchObject([{ step: 'start', outcome: 'failed', error: crash, endedAt: NOW }])
    expect(commit?.continuations).toEqual([])
  })

  it('in a task that is caught leaves what the task had before', () => {
    const graph = chainGraph({ b: { catchError: { var: 'problem' } } })
    const commit = commitOf(range(3, 4), result([ok(graph, 'a', '3')], died(started('b', '3'))), context(graph))
    expect(commit?.tasks[1]).toMatchObject({ outcome: 'caught', taken: { kind: 'linear', to: 'c' } })
    expect(commit?.tasks[1]?.artifacts).toEqual({ left: ref('a/3'), problem: ref('caught killed') })
    expect(commit?.continuations).toMatchObject([{ step: 'c', from: 3, to: 4, reason: 'caught' }])
  })

  it('in an unknown task fails nobody: what is not done runs again, one that was in its chain alone', () => {
    const graph = chainGraph()
    const answers = [...['a', 'b', 'c'].map((step) => ok(graph, step, '0')), ok(graph, 'a', '1')]
    const commit = commitOf(range(0, 4), result(answers, died()), context(graph))
    expect(commit?.attempts).toEqual([])
    expect(commit?.continuations).toEqual([
      { key: 'key_0', step: 'b', from: 1, to: 2, attempt: 0, reason: 'crash' },
      { key: 'key_1', step: 'a', from: 2, to: 3, attempt: 0, reason: 'crash' },
      { key: 'key_2', step: 'a', from: 3, to: 4, attempt: 0, reason: 'crash' },
    ])
  })

  it('after the last task changes nothing', () => {
    const graph = chainGraph()
    const answers = ['a', 'b', 'c'].map((step) => ok(graph, step, '0'))
    const well = commitOf(range(0, 1), result(answers), context(graph))
    expect(commitOf(range(0, 1), result(answers, died()), context(graph))).toEqual(well)
    expect(commitOf(range(0, 1), result(answers, died(started('c', '0'))), context(graph))).toEqual(well)
  })

  it('blamed on a task that has its outcome fails nobody', () => {
    const graph = chainGraph({ a: retry(3) })
    const commit = commitOf(range(0, 2), result([ok(graph, 'a', '0')], died(started('a', '0'))), context(graph))
    expect(commit?.attempts).toEqual([])
    expect(commit?.continuations.map(({ step, from, to }) => [step, from, to])).toEqual([
      ['b', 0, 1],
      ['a', 1, 2],
    ])
  })
})

describe('a slice that is cancelled', () => {
  it('before anything ended leaves no commit', () => {
    expect(commitOf(range(0, 3), result([], died(started('a', '0'), true)), context(chainGraph()))).toBeUndefined()
  })

  it('keeps what had ended, and hands the rest back', () => {
    const graph = chainGraph({ b: retry(3) })
    const answers = [ok(graph, 'a', '0')]
    const commit = commitOf(range(0, 3), result(answers, died(started('b', '0'), true)), context(graph))
    expect(commit?.tasks.map(({ step, task }) => step + task)).toEqual(['a0'])
    expect(commit?.attempts).toEqual([])
    expect(commit?.continuations).toEqual([
      { key: 'key_0', step: 'b', from: 0, to: 1, attempt: 0, reason: 'drain' },
      { key: 'key_1', step: 'a', from: 1, to: 2, attempt: 0, reason: 'drain' },
      { key: 'key_2', step: 'a', from: 2, to: 3, attempt: 0, reason: 'drain' },
    ])
  })
})

describe('what is handed back', () => {
  it.each(['time', 'drain'] as const)('is halved, and says why: %s', (handBack) => {
    const graph = chainGraph()
    const answers = ['a', 'b', 'c'].map((step) => ({ ...ok(graph, step, '5'), startedAt: 0, endedAt: 500 }))
    const commit = commitOf(range(5, 9), result(answers, { next: 6 }), context(graph, { handBack }))
    expect(commit?.continuations).toEqual([
      { key: 'key_0', step: 'a', from: 6, to: 8, attempt: 0, reason: handBack },
      { key: 'key_1', step: 'a', from: 8, to: 9, attempt: 0, reason: handBack },
    ])
  })

  it('because the time was up is cut into parts that take about as long as a slice should', () => {
    const graph = chainGraph()
    const slow = ['a', 'b', 'c'].map((step) => ({ ...ok(graph, step, '0'), startedAt: 0, endedAt: 400 }))
    const parts = (to: number): number[] | undefined =>
      commitOf(range(0, to), result(slow, { next: 1 }), context(graph))?.continuations.map((one) => one.to - one.from)
    expect(parts(11)).toEqual([3, 2, 3, 2])
    expect(parts(4)).toEqual([2, 1])
    expect(parts(1001)).toHaveLength(32)
    expect(parts(1001)?.reduce((a, b) => a + b)).toBe(1000)
  })

  it('keeps the attempt at which the slice was', () => {
    const graph = chainGraph({ b: retry(5) })
    const slice = range(2, 3, { entry: 'b', attempt: 3, key: 'key_0_0' })
    const commit = commitOf(slice, result([], died()), context(graph))
    expect(commit?.continuations).toEqual([
      { key: 'key_0_0_0', step: 'b', from: 2, to: 3, attempt: 3, reason: 'crash' },
    ])
  })

  it('of a nested foreach speaks of the innermost index', () => {
    const graph = nestedGraph(retry(1))
    const slice: Slice = { ...range(0, 3), head: 'work', entry: 'work', path: [12] }
    const answers = [ok(graph, 'work', '12.0'), bad('work', '12.1'), ok(graph, 'work', '12.2')]
    const commit = commitOf(slice, result(answers), context(graph))
    expect(commit?.continuations).toMatchObject([{ step: 'work', from: 1, to: 2, reason: 'retry' }])
  })
})

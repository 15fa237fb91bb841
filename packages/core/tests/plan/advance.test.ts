import { describe, expect, it } from 'vitest'
import {
  advance,
  endOf,
  joinJob,
  restore,
  sliceJob,
  taskSlice,
  wake,
  type Command,
  type Commit,
  type Continuation,
  type FlowGraph,
  type Found,
  type Slice,
  type TakenTransition,
  type TaskRecord,
  type WorkJob,
} from '@flowctl/core'
import { graphOf } from '../graph/graph-of.ts'

/** start -> again (a loop) -> fan -> [work -> check] for each item -> collect -> pair -> (left, right) -> both -> end */
const graph = graphOf(
  {
    start: { kind: 'linear', to: 'again' },
    again: {
      kind: 'switch',
      condition: 'go',
      cases: [
        { value: 'more', to: 'again' },
        { value: 'done', to: 'fan' },
      ],
    },
    fan: { kind: 'foreach', to: 'work', over: 'items' },
    work: { kind: 'linear', to: 'check' },
    check: { kind: 'linear', to: 'collect' },
    collect: { kind: 'linear', to: 'pair' },
    pair: { kind: 'split', to: ['left', 'right'] },
    left: { kind: 'linear', to: 'both' },
    right: { kind: 'linear', to: 'both' },
    both: { kind: 'linear', to: 'end' },
    end: { kind: 'end' },
  },
  { joins: ['collect', 'both'] },
)

const record = (step: string, task: string, taken?: TakenTransition, more: Partial<TaskRecord> = {}): TaskRecord => ({
  step,
  task,
  attempt: 0,
  startedAt: 0,
  endedAt: 0,
  pid: 1,
  artifacts: {},
  outcome: taken === undefined ? 'failed' : 'succeeded',
  ...(taken === undefined ? {} : { taken }),
  ...more,
})

const commitOf = (
  { head, key }: Slice,
  tasks: readonly TaskRecord[],
  continuations: readonly Continuation[] = [],
): Commit => ({ format: 1, head, key, execution: 'x', host: 'h', tasks, attempts: [], continuations })

const single = (step: string, position: { path?: number[]; turn?: number } = {}): WorkJob =>
  sliceJob(graph, taskSlice(graph, step, { path: [], turn: 0, ...position }, undefined))

function follow(job: WorkJob, tasks: readonly TaskRecord[], continuations: readonly Continuation[] = []): Command[] {
  const done = { slice: job.slice, commit: commitOf(job.slice, tasks, continuations) }
  return [...advance({ graph, isStopped: false }, job, done)]
}
const kinds = (commands: readonly Command[]): string[] => commands.map(({ kind }) => kind)
const jobsIn = (commands: readonly Command[]): string[] =>
  commands.flatMap((one) =>
    one.kind === 'continue' ? [one.next.id] : one.kind === 'attach' ? one.plan.jobs.map(({ id }) => id) : [],
  )

describe('advance', () => {
  it('goes on with the single slice that follows, and completes', () => {
    const commands = follow(single('start'), [record('start', '0', { kind: 'linear', to: 'again' })])
    expect(kinds(commands)).toEqual(['continue', 'complete'])
    expect(jobsIn(commands)).toEqual(['slice-again-0'])
  })

  it('goes on with the next turn of a loop, and with what comes after the last one', () => {
    const job = single('again', { turn: 7 })
    const more = follow(job, [record('again', '0~7', { kind: 'switch', to: 'again', value: 'more' })])
    expect(jobsIn(more)).toEqual(['slice-again-0~8'])
    const done = follow(job, [record('again', '0~7', { kind: 'switch', to: 'fan', value: 'done' })])
    expect(jobsIn(done)).toEqual(['slice-fan-0'])
  })

  it('attaches a retry that waits for its time before it completes, and does not go on with it at once', () => {
    const job = single('start')
    const retry = { key: '0_0', step: 'start', from: 0, to: 1, attempt: 1, notBefore: 9, reason: 'retry' } as const
    const commands = follow(job, [], [retry])
    expect(kinds(commands)).toEqual(['attach', 'complete'])
    expect(jobsIn(commands)).toEqual(['slice-start-0_0'])
    const { notBefore: _, ...atOnce } = retry
    expect(kinds(follow(job, [], [atOnce]))).toEqual(['continue', 'complete'])
  })

  it('attaches both branches of a split with their join', () => {
    const commands = follow(single('pair'), [record('pair', '0', { kind: 'split', to: ['left', 'right'] })])
    expect(kinds(commands)).toEqual(['attach', 'complete'])
    expect(jobsIn(commands)).toEqual(['join-both-0', 'slice-left-0', 'slice-right-0'])
  })

  it('opens a foreach below its join', () => {
    const commands = follow(single('fan'), [
      record('fan', '0', { kind: 'foreach', to: 'work', count: 3, segments: [] }),
    ])
    expect(commands).toMatchObject([
      { kind: 'attach', plan: { jobs: [], foreaches: [{ count: 3, join: { id: 'join-collect-0' } }] } },
      { kind: 'complete' },
    ])
  })

  it('hands out more of the foreach after a slice of it, and attaches first what the slice left', () => {
    const slice = taskSlice(graph, 'work', { path: [2], turn: 0 }, { step: 'fan', task: '0' })
    const done = [
      record('work', '2', { kind: 'linear', to: 'check' }),
      record('check', '2', { kind: 'linear', to: 'collect' }),
    ]
    const commands = follow(sliceJob(graph, slice), done)
    expect(kinds(commands)).toEqual(['attach', 'handOut', 'complete'])
    expect(jobsIn(commands)).toEqual([])
    expect(commands[1]).toMatchObject({ join: { id: 'join-collect-0' } })
  })

  it('closes the foreach when its join is done, not when that is to be tried again', () => {
    const join = joinJob(graph, 'fan', [])
    const done = follow(join, [record('collect', '0', { kind: 'linear', to: 'pair' })])
    expect(kinds(done)).toEqual(['attach', 'closeForeach', 'complete'])
    expect(jobsIn(done)).toEqual(['slice-pair-0'])
    const retry = { key: '0_0', step: 'collect', from: 0, to: 1, attempt: 1, reason: 'retry' } as const
    expect(kinds(follow(join, [], [retry]))).toEqual(['attach', 'complete'])
    const again = sliceJob(graph, { ...join.slice, key: '0_0', attempt: 1 })
    const tried = follow(again, [record('collect', '0', { kind: 'linear', to: 'pair' })])
    expect(kinds(tried)).toEqual(['attach', 'closeForeach', 'complete'])
  })

  it('has nothing to close after the join of a split', () => {
    expect(kinds(follow(joinJob(graph, 'pair', []), [record('both', '0', { kind: 'linear', to: 'end' })]))).toEqual([
      'continue',
      'complete',
    ])
  })

  it('stops the run at the first task that failed for good; nothing follows', () => {
    const error = { kind: 'exception', name: 'Error', message: 'no' } as const
    const failed = record('check', '2', undefined, { error, input: '"x"', attempt: 1 })
    const slice = taskSlice(graph, 'work', { path: [2], turn: 0 }, { step: 'fan', task: '0' })
    const tasks = [record('work', '2', { kind: 'linear', to: 'check' }), failed]
    expect(follow(sliceJob(graph, slice), tasks)).toEqual([
      { kind: 'stop', failure: { step: 'check', task: '2', attempt: 1, input: '"x"', error } },
      { kind: 'complete' },
    ])
    expect(kinds(follow(joinJob(graph, 'fan', []), [record('collect', '0')]))).toEqual([
      'stop',
      'closeForeach',
      'complete',
    ])
  })

  it('only completes in a stopped run, whether the job was run or not', () => {
    const job = single('start')
    const done = {
      slice: job.slice,
      commit: commitOf(job.slice, [record('start', '0', { kind: 'linear', to: 'again' })]),
    }
    expect(kinds(advance({ graph, isStopped: true }, job, done))).toEqual(['complete'])
    expect(kinds(advance({ graph, isStopped: true }, job))).toEqual(['complete'])
    const join = joinJob(graph, 'fan', [])
    expect(kinds(advance({ graph, isStopped: true }, join))).toEqual(['closeForeach', 'complete'])
  })
})

describe('wake', () => {
  const found: Found = { isStopped: false, commit: undefined, hasInputs: true, lost: 0 }
  const job = single('start')
  const join = joinJob(graph, 'fan', [])
  const commit = commitOf(job.slice, [])

  it.each([
    ['a job of a stopped run leaves, whatever else is found', job, { isStopped: true, commit, lost: 9 }, 'leave'],
    ['what is committed is not run again', job, { commit, lost: 9 }, 'advance'],
    ['a join whose inputs are not there waits', join, { hasInputs: false, lost: 9 }, 'wait'],
    ['a join that is committed does not wait', join, { hasInputs: false, commit }, 'advance'],
    ['what was lost twice is run', job, { lost: 2 }, 'run'],
    ['what was lost three times is divided', job, { lost: 3 }, 'divide'],
    ['everything else is run', join, {}, 'run'],
  ] as const)('%s', (_, given, more, waking) => {
    expect(wake(given, { ...found, ...more })).toBe(waking)
  })
})

describe('restore', () => {
  const { slice } = single('start')
  const well = commitOf(slice, [record('start', '0', { kind: 'linear', to: 'again' })])
  const failed = record('start', '0')
  const badly = commitOf(slice, [failed])

  it.each([
    ['nothing of a run that has ended', { hasEnded: true, isStopped: true, commits: [badly] }, { kind: 'nothing' }],
    ['only the end of one that is stopped', { hasEnded: false, isStopped: true, commits: [badly] }, { kind: 'finish' }],
    [
      'the stop that nobody wrote',
      { hasEnded: false, isStopped: false, commits: [well, badly] },
      { kind: 'stop', failed },
    ],
    ['all that is missing', { hasEnded: false, isStopped: false, commits: [well] }, { kind: 'attach' }],
  ] as const)('%s', (_, found, expected) => {
    expect(restore(found)).toEqual(expected)
  })
})

describe('endOf', () => {
  const failure = { step: 'a', task: '0', attempt: 0, error: { kind: 'exception', name: 'E', message: 'm' } } as const

  it.each([
    ['succeeds with its end', undefined, true, { status: 'succeeded' }],
    ['has not ended without it', undefined, false, undefined],
    ['fails as it was stopped', { reason: 'failed', failure }, false, { status: 'failed', failure }],
    ['is cancelled, its end there or not', { reason: 'cancelled' }, true, { status: 'cancelled' }],
  ] as const)('a run %s', (_, stop, isEndReached, expected) => {
    expect(endOf(stop, isEndReached)).toEqual(expected)
  })
})

describe('a graph of another kind', () => {
  it('keeps the job of a body that is not packed below its join, with the next step attached and more handed out', () => {
    const looping: FlowGraph = graphOf(
      {
        start: { kind: 'foreach', to: 'again', over: 'items' },
        again: {
          kind: 'switch',
          condition: 'go',
          cases: [
            { value: 'more', to: 'again' },
            { value: 'done', to: 'last' },
          ],
        },
        last: { kind: 'linear', to: 'collect' },
        collect: { kind: 'linear', to: 'end' },
        end: { kind: 'end' },
      },
      { joins: ['collect'] },
    )
    const slice = taskSlice(looping, 'again', { path: [4], turn: 1 }, { step: 'again', task: '4' })
    const job = sliceJob(looping, slice)
    const commit = commitOf(slice, [record('again', '4~1', { kind: 'switch', to: 'last', value: 'done' })])
    const commands = advance({ graph: looping, isStopped: false }, job, { slice, commit })
    expect(kinds(commands)).toEqual(['attach', 'handOut', 'complete'])
    expect(commands[0]).toMatchObject({ plan: { jobs: [{ id: 'slice-last-4', parent: 'join-collect-0' }] } })
  })
})

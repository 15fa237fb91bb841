import { describe, expect, it } from 'vitest'
import {
  frontier,
  historyOf,
  NOTHING,
  planAround,
  stepsToRunAgain,
  structureOf,
  taskId,
  joinJob,
  type Commit,
  type FlowGraph,
  type History,
  type Job,
  type TakenTransition,
  type TaskRecord,
  type Transition,
} from '@flowctl/core'
import { graphOf } from '../graph/graph-of.ts'

/** Much longer than a stack of calls is deep. */
const TURNS = 100_000
const STEPS = 5000
/** Milliseconds. What takes time in proportion to the square of the length takes minutes. */
const SOON = 20_000

const record = (step: string, task: string, taken: TakenTransition): TaskRecord => ({
  step,
  task,
  taken,
  outcome: 'succeeded',
  attempt: 0,
  startedAt: 0,
  endedAt: 0,
  pid: 1,
  artifacts: {},
})

const commitOf = (task: TaskRecord): Commit => ({
  format: 1,
  head: task.step,
  key: task.task,
  execution: 'x',
  host: 'h',
  tasks: [task],
  attempts: [],
  continuations: [],
})

const loop = (before: Readonly<Record<string, Transition>>, after: Readonly<Record<string, Transition>>): FlowGraph =>
  graphOf(
    {
      ...before,
      again: {
        kind: 'switch',
        condition: 'go',
        cases: [
          { value: 'more', to: 'again' },
          { value: 'done', to: Object.keys(after)[0] as string },
        ],
      },
      ...after,
    },
    { joins: ['collect'] },
  )

const turns = (path: readonly number[], to: string, left = 0): TaskRecord[] =>
  Array.from({ length: TURNS - left }, (_, turn) =>
    record('again', taskId({ path, turn }), {
      kind: 'switch',
      to: turn === TURNS - 1 ? to : 'again',
      value: turn === TURNS - 1 ? 'done' : 'more',
    }),
  )

const ids = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id)

describe('a loop of 100,000 turns', { timeout: SOON }, () => {
  const graph = loop({ start: { kind: 'linear', to: 'again' } }, { end: { kind: 'end' } })
  const start = record('start', '0', { kind: 'linear', to: 'again' })

  it('goes on with the turn that is missing when it is resumed', () => {
    const history = historyOf(graph, { adopted: [start, ...turns([], 'end', 1)] })
    expect(ids(frontier(graph, history).jobs)).toEqual([`slice-again-0~${TURNS - 1}`])
  })

  it('goes on with what follows when it is recovered', () => {
    const history = historyOf(graph, { commits: [start, ...turns([], 'end')].map(commitOf) })
    expect(ids(frontier(graph, history).jobs)).toEqual(['slice-end-0'])
  })

  it('inside a foreach, too, and for a join that woke too early', () => {
    const inside = loop(
      { start: { kind: 'foreach', to: 'again', over: 'items' } },
      { collect: { kind: 'linear', to: 'end' }, end: { kind: 'end' } },
    )
    const opened = record('start', '0', { kind: 'foreach', to: 'again', count: 2, segments: [] })
    const commits = [
      commitOf(opened),
      ...turns([0], 'collect').map(commitOf),
      ...turns([1], 'collect', 1).map(commitOf),
    ]
    const withPlan = commits.map((commit, n) => (n === 0 ? { ...commit, plan: { from: 0, to: 2, size: 1 } } : commit))
    const history = historyOf(inside, { commits: withPlan })
    const [foreach] = planAround(inside, history, joinJob(inside, 'start', [])).foreaches
    expect(foreach?.cursor.next()).toMatchObject({ jobs: [{ id: `slice-again-1~${TURNS - 1}` }] })
    expect(foreach?.cursor.next()).toBe('done')
  })
})

describe('a task of 10,000 attempts', () => {
  it('goes on with the one that is missing', () => {
    const graph = loop({ start: { kind: 'linear', to: 'again' } }, { end: { kind: 'end' } })
    const attempts = 10_000
    const history: History = {
      ...NOTHING,
      commit(head, key) {
        const attempt = key.split('_').length - 1
        const next = { key: `${key}_0`, step: head, from: 0, to: 1, attempt: attempt + 1, reason: 'retry' } as const
        const tried = commitOf(record('start', '0', { kind: 'linear', to: 'again' }))
        return attempt < attempts ? { ...tried, key, tasks: [], continuations: [next] } : undefined
      },
    }
    expect(frontier(graph, history).jobs).toMatchObject([{ slice: { attempt: attempts } }])
  })
})

describe('a chain of 5,000 steps', { timeout: SOON }, () => {
  const name = (n: number): string => `s${n}`
  const steps = Array.from({ length: STEPS }, (_, n): [string, Transition] => [
    name(n),
    n === STEPS - 1 ? { kind: 'end' } : { kind: 'linear', to: name(n + 1) },
  ])
  const graph = graphOf(Object.fromEntries(steps))
  const done = (n: number): TaskRecord => record(name(n), '0', { kind: 'linear', to: name(n + 1) })

  it('goes on with the step that is missing', () => {
    const history = historyOf(graph, { adopted: Array.from({ length: STEPS - 1 }, (_, n) => done(n)) })
    expect(ids(frontier(graph, history).jobs)).toEqual([`slice-${name(STEPS - 1)}-0`])
  })

  it('is known in order, and by what is to be run again', () => {
    expect(structureOf(graph).order).toHaveLength(STEPS)
    const again = stepsToRunAgain(graph, graph, name(10))
    expect(again.size).toBe(STEPS - 10)
    expect(again.get(name(12))).toBe(`comes after ${name(11)}`)
  })

  it('as the body of a foreach is one packed chain', () => {
    const body = Object.fromEntries(steps.slice(0, -1))
    const last = name(STEPS - 1)
    const inside = graphOf(
      {
        start: { kind: 'foreach', to: name(0), over: 'items' },
        ...body,
        [last]: { kind: 'linear', to: 'end' },
        end: { kind: 'end' },
      },
      { joins: [last] },
    )
    expect(structureOf(inside).chainOf['start']).toHaveLength(STEPS - 1)
    const opened = record('start', '0', { kind: 'foreach', to: name(0), count: 3, segments: [] })
    const adopted = Array.from({ length: STEPS - 2 }, (_, n) =>
      record(name(n), '1', { kind: 'linear', to: name(n + 1) }),
    )
    const history = historyOf(inside, { adopted: [opened, ...adopted] })
    const [foreach] = frontier(inside, history).foreaches
    foreach?.cursor.extend({ from: 0, to: 3, size: 3 })
    const keys = [foreach?.cursor.next(), foreach?.cursor.next(), foreach?.cursor.next()].map((plan) =>
      typeof plan === 'object' ? ids(plan.jobs) : plan,
    )
    expect(keys).toEqual([[`slice-${name(0)}-0`], [`slice-${name(0)}-1`], [`slice-${name(0)}-2`]])
  })
})

import { describe, expect, it } from 'vitest'
import { sliceJob, type Commit, type Job, type Plan, type Slice } from '@flowctl/core'
import { type ExecutionResult, BodyClock } from '@flowctl/engine'
import type { Attacher } from '../../src/runs/attach.ts'
import { SliceLoop, type SliceLoopEnd } from '../../src/worker/slice-loop.ts'
import type { OpenRun } from '../../src/runs/open-run.ts'
import { END, foreach, graphOf, linear } from '../../../engine/tests/graphs.ts'

const graph = graphOf({
  start: { next: foreach('work') },
  work: { next: linear('join') },
  join: { next: linear('end'), join: true },
  end: { next: END },
})

const sliceOf = (from: number): Slice => ({
  head: 'work',
  key: `${from}`,
  entry: 'work',
  path: [],
  range: { from, to: from + 1 },
  turn: 0,
  attempt: 0,
  after: { step: 'start', task: '0' },
})
const planOf = (from: number): Plan => ({ jobs: [sliceJob(graph, sliceOf(from))], foreaches: [] })
const result = { pid: 1, answers: [], reusable: true } as unknown as ExecutionResult

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
const late = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40))

interface Scene {
  /** Slices that are handed out, by the index of their task. */
  readonly left: number[]
  readonly mayGoOn?: () => boolean
  readonly isClaimed?: (slice: Slice) => boolean
  /** Resolves when the slice's commit is written. */
  readonly committing?: (slice: Slice) => Promise<void>
  readonly executing?: (slice: Slice) => Promise<void>
  readonly bodyMs?: number
}

/** Runs a row that begins with task 0. Tells what happened, in order. */
async function play(scene: Scene): Promise<{ end: SliceLoopEnd; told: string[]; attached: Job[] }> {
  const told: string[] = []
  const attached: Job[] = []
  const clock = new BodyClock()
  if (scene.bodyMs !== undefined) clock.note('start', { busyMs: 1000 * scene.bodyMs, bodies: 1000 })
  const work = { graph, clock, isSettled: async () => false } as unknown as OpenRun
  const attacher = {
    async attach(_work: OpenRun, plan: Plan) {
      attached.push(...plan.jobs)
    },
    async takeAhead(_work: OpenRun, _join: unknown, _taker: string, given: { attached: string; runs: string }) {
      const next = scene.left.shift()
      await soon()
      told.push(`take: settled ${given.attached || '-'}, runs ${given.runs || '-'}`)
      return next === undefined ? undefined : { plan: planOf(next), ranges: `${next}-${next + 1}`, hasRoom: false }
    },
  } as unknown as Attacher
  const loop = new SliceLoop(work, sliceOf(0), {
    attacher,
    now: Date.now,
    taker: 'taker',
    host: {
      mayContinue: scene.mayGoOn ?? (() => true),
      announce: (slice) => scene.isClaimed?.(slice) !== true,
      withdraw: () => {},
      advanced: () => {},
    },
    async run(slice, _lookedAt, executed) {
      told.push(`begin ${slice.key}`)
      await scene.executing?.(slice)
      executed(result)
      await scene.committing?.(slice)
      told.push(`commit ${slice.key}`)
      return { head: slice.head, key: slice.key, tasks: [], continuations: [] } as unknown as Commit
    },
    isLast: () => {},
  })
  const end = await loop.run(sliceOf(0), 0)
  return { end, told, attached }
}

describe('a row of slices', () => {
  it('begins the next one before the last one is committed, and says what is settled', async () => {
    const { end, told, attached } = await play({ left: [7, 8], committing: late })
    expect(told.indexOf('begin 7')).toBeLessThan(told.indexOf('commit 0'))
    expect(told).toContain('commit 8')
    expect(end.slice.key).toBe('8')
    expect(attached).toEqual([])
    // The job's own slice is none of those that were taken.
    expect(end.given.attached.split(',').toSorted()).toEqual(['7-8', '8-9'])
  })

  it('tells of every slice that is settled, also of one whose commit is written while it asks', async () => {
    const { told, end } = await play({ left: [1, 2, 3, 4, 5, 6], committing: soon, executing: soon })
    const settled = [...told.join(' ').matchAll(/settled ([\d,-]+)/g)].flatMap(([, ranges = '']) => ranges.split(','))
    const named = new Set([...settled, ...end.given.attached.split(',')].filter((one) => one !== '' && one !== '-'))
    expect([...named].toSorted()).toEqual(['1-2', '2-3', '3-4', '4-5', '5-6', '6-7'])
  })

  it('attaches what somebody else runs, and ends', async () => {
    const { end, attached } = await play({ left: [1, 2], isClaimed: ({ key }) => key === '1' })
    expect(end.slice.key).toBe('0')
    expect(attached.map(({ id }) => id)).toEqual(['slice-work-1'])
    expect(end.given.attached).toBe('1-2')
  })

  it('attaches what it took ahead and may not begin any more', async () => {
    let isLeaving = false
    const scene: Scene = {
      left: [1, 2],
      bodyMs: 10,
      mayGoOn: () => !isLeaving,
      executing: async () => {
        await soon()
        isLeaving = true
      },
    }
    const { end, attached } = await play(scene)
    expect(end.slice.key).toBe('0')
    expect(attached.map(({ id }) => id)).toEqual(['slice-work-1'])
    expect(end.given.attached).toBe('1-2')
  })

  it('gives away what it took ahead when the slice takes longer than others did', async () => {
    const scene: Scene = {
      left: [1],
      bodyMs: 10,
      executing: ({ key }) => new Promise((resolve) => setTimeout(resolve, key === '0' ? 600 : 0)),
    }
    const { end, attached } = await play(scene)
    expect(attached.map(({ id }) => id)).toEqual(['slice-work-1'])
    expect(end).toMatchObject({ slice: { key: '0' }, given: { attached: '1-2' } })
  })

  it('throws what kept a slice from being committed, when the one that follows has ended', async () => {
    const ended: string[] = []
    const scene: Scene = {
      left: [1],
      committing: async ({ key }) => {
        if (key === '0') throw new Error('no datastore')
        await soon()
        ended.push(key)
      },
    }
    await expect(play(scene)).rejects.toThrow('no datastore')
    expect(ended).toEqual(['1'])
  })
})

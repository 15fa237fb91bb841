import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FINISH, type JoinJob, type Slice, type SliceJob } from '@flowctl/core'
import { JobBoard } from '../../src/memory/job-board.ts'
import { Queue } from '../../src/memory/queue.ts'

const DAY_MS = 86_400_000

const slice = (key: string, notBefore?: number): Slice => ({
  head: 's',
  key,
  entry: 's',
  path: [],
  turn: 0,
  attempt: 0,
  ...(notBefore === undefined ? {} : { notBefore }),
})
const child = (id: string, parent: string, notBefore?: number): SliceJob => ({
  kind: 'slice',
  id,
  parent,
  slice: slice(id, notBefore),
})
const join = (id: string, parent: string): JoinJob => ({
  kind: 'join',
  id,
  parent,
  slice: slice(id),
  closes: { step: 'split', task: '0' },
})

function board(): { board: JobBoard; calls: () => number } {
  let calls = 0
  return { board: new JobBoard(Date.now, () => (calls += 1)), calls: () => calls }
}

function takeAll(from: JobBoard): string[] {
  const ids: string[] = []
  for (let entry = from.take(); entry !== undefined; entry = from.take()) ids.push(entry.job.id)
  return ids
}

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => vi.useRealTimers())

describe('the board', () => {
  it('gives leaves out in the order they came, and says that there is something', () => {
    const { board: jobs, calls } = board()
    for (const id of ['x', 'y', 'z']) jobs.add(child(id, 'nobody'))
    expect(calls()).toBe(3)
    expect(takeAll(jobs)).toEqual(['x', 'y', 'z'])
    expect(jobs.take()).toBeUndefined()
  })

  it('gives a parent out when the last of its children has completed, once', () => {
    const { board: jobs } = board()
    jobs.add(FINISH)
    jobs.add(join('j', 'finish'))
    for (const id of ['x', 'y']) jobs.add(child(id, 'j'))
    expect(jobs.get('j')?.pending).toBe(2)
    expect(takeAll(jobs)).toEqual(['x', 'y'])
    jobs.complete(child('x', 'j'))
    expect(takeAll(jobs)).toEqual([])
    jobs.complete(child('y', 'j'))
    expect(takeAll(jobs)).toEqual(['j'])
    jobs.complete(join('j', 'finish'))
    expect(takeAll(jobs)).toEqual(['finish'])
    jobs.complete(FINISH)
    expect(jobs.get('finish')).toBeUndefined()
  })

  it('knows a job by its id: added again it is not counted again', () => {
    const { board: jobs } = board()
    jobs.add(FINISH)
    jobs.add(child('x', 'finish'))
    jobs.add(child('x', 'finish'))
    expect(takeAll(jobs)).toEqual(['x'])
    expect(jobs.get('finish')?.pending).toBe(1)
  })

  it('keeps the record that a slice starts from', () => {
    const { board: jobs } = board()
    const source = {
      step: 'fan',
      task: '0',
      attempt: 0,
      startedAt: 0,
      endedAt: 0,
      pid: 1,
      outcome: 'succeeded',
      artifacts: {},
    } as const
    jobs.add(child('x', 'nobody'), source)
    expect(jobs.take()?.source).toBe(source)
  })

  it('holds a parent while its children are being added', () => {
    const { board: jobs } = board()
    jobs.add(FINISH)
    jobs.hold('finish')
    jobs.add(child('x', 'finish'))
    jobs.complete(child('x', 'finish'))
    expect(takeAll(jobs)).toEqual(['x'])
    jobs.add(child('y', 'finish'))
    jobs.release('finish')
    expect(takeAll(jobs)).toEqual(['y'])
    jobs.complete(child('y', 'finish'))
    expect(takeAll(jobs)).toEqual(['finish'])
  })

  it('gives a parent without children out when it is released', () => {
    const { board: jobs } = board()
    jobs.add(join('j', 'nobody'))
    jobs.hold('j')
    expect(takeAll(jobs)).toEqual([])
    jobs.release('j')
    expect(takeAll(jobs)).toEqual(['j'])
  })

  it('takes no notice of jobs that are not there', () => {
    const { board: jobs, calls } = board()
    jobs.hold('nobody')
    jobs.release('nobody')
    jobs.complete(child('x', 'nobody'))
    expect(calls()).toBe(0)
  })
})

describe('a retry that waits for its time', () => {
  it('counts as pending and as delayed until then', () => {
    const { board: jobs } = board()
    jobs.add(FINISH)
    jobs.add(child('x', 'finish', Date.now() + 5000))
    expect(jobs.get('finish')).toMatchObject({ pending: 1, delayed: 1 })
    vi.advanceTimersByTime(4999)
    expect(takeAll(jobs)).toEqual([])
    vi.advanceTimersByTime(1)
    expect(takeAll(jobs)).toEqual(['x'])
    expect(jobs.get('finish')).toMatchObject({ pending: 1, delayed: 0 })
  })

  it('whose time has come by then is ready at once', () => {
    const { board: jobs } = board()
    jobs.add(FINISH)
    jobs.add(child('x', 'finish', Date.now()))
    jobs.add(child('y', 'finish', Date.now() - 1))
    expect(jobs.get('finish')?.delayed).toBe(0)
    expect(takeAll(jobs)).toEqual(['x', 'y'])
  })

  it('waits for months, too', () => {
    const { board: jobs } = board()
    jobs.add(child('x', 'nobody', Date.now() + 60 * DAY_MS))
    vi.advanceTimersByTime(60 * DAY_MS - 1)
    expect(takeAll(jobs)).toEqual([])
    vi.advanceTimersByTime(1)
    expect(takeAll(jobs)).toEqual(['x'])
  })

  it('waits no longer when all are released, and is not given out twice', () => {
    const { board: jobs, calls } = board()
    jobs.add(FINISH)
    for (const id of ['x', 'y']) jobs.add(child(id, 'finish', Date.now() + DAY_MS))
    expect(calls()).toBe(0)
    jobs.releaseDelayed()
    jobs.releaseDelayed()
    expect(jobs.get('finish')).toMatchObject({ pending: 2, delayed: 0 })
    expect(takeAll(jobs)).toEqual(['x', 'y'])
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(2 * DAY_MS)
    expect(takeAll(jobs)).toEqual([])
  })
})

describe('the queue', () => {
  it('gives back what it was given, in order, whatever the mixture', () => {
    const queue = new Queue<number>()
    const out: number[] = []
    let next = 0
    for (let round = 0; round < 200; round += 1) {
      for (let n = 0; n < (round * 7) % 53; n += 1) queue.push(next++)
      for (let n = 0; n < (round * 5) % 47; n += 1) {
        const item = queue.take()
        if (item !== undefined) out.push(item)
      }
    }
    for (let item = queue.take(); item !== undefined; item = queue.take()) out.push(item)
    expect(out).toEqual(Array.from({ length: next }, (_, n) => n))
    expect(queue.take()).toBeUndefined()
  })

  it('is as quick when it is long', () => {
    vi.useRealTimers()
    const queue = new Queue<object>()
    for (let n = 0; n < 200_000; n += 1) queue.push({ n })
    const began = performance.now()
    while (queue.take() !== undefined);
    // An array that is shifted takes a minute.
    expect(performance.now() - began).toBeLessThan(15_000)
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { FINISH, joinJob, sliceJob, taskSlice, type Job } from '@flowctl/core'
import { parseRanges } from '../../src/queue/foreach-ledger.ts'
import type { QueuedRun } from '../../src/queue/queued-run.ts'
import type { JobQueues } from '../../src/queue/job-queues.ts'
import type { Connection } from '../../src/connection/connect.ts'
import { END, foreach, graphOf, linear } from '../../../engine/tests/graphs.ts'
import { queuesOnRedis } from '../queues-on-redis.ts'

const graph = graphOf({
  start: { next: foreach('work') },
  work: { next: linear('join') },
  join: { next: linear('end'), join: true },
  end: { next: END },
})

const join = joinJob(graph, 'start', [])
const work = (index: number, notBefore?: number): Job => {
  const slice = taskSlice(graph, 'work', { path: [index], turn: 0 }, { step: 'start', task: '0' })
  return sliceJob(graph, notBefore === undefined ? slice : { ...slice, notBefore })
}
const tree = (job: Job, children: readonly Job[] = []) => ({
  job,
  children: children.map((child) => ({ job: child, children: [] })),
})

const redis = queuesOnRedis()
let connection: Connection
let queues: JobQueues
let run: QueuedRun
beforeEach(() => {
  ;({ connection, queues } = redis)
  run = {
    flow: 'F',
    run: 'r',
    graph,
    placement: { shard: 0, priority: 5, pools: { start: 'default', work: 'default', join: 'default', end: 'default' } },
  }
})

describe('adding jobs', () => {
  it('throws when the parent is gone, also of one job among many', async () => {
    await expect(queues.attach(run, [tree(work(1))], 0)).rejects.toMatchObject({ name: 'ParentGone' })
    await queues.attach(run, [tree(FINISH, [join])], 0)
    await expect(queues.attach(run, [tree(join, [work(1)]), tree({ ...work(2) })], 0)).resolves.toBeUndefined()
    await connection.redis.del(queues.keyOf(run, { queue: 'control', id: 'finish' }))
    await expect(queues.attach(run, [tree(join)], 0)).rejects.toMatchObject({ name: 'ParentGone' })
  })

  it('works again after Redis lost its scripts', async () => {
    await queues.attach(run, [tree(FINISH, [join])], 0)
    await connection.redis.script('FLUSH')
    await queues.attach(run, [tree(join, [work(1)])], 0)
    expect(await queues.exists(run, { queue: 'pool-default', id: work(1).id })).toBe(true)
  })

  it('adds what is there already to no effect, and counts it once', async () => {
    for (let n = 0; n < 3; n += 1) await queues.attach(run, [tree(FINISH, [join]), tree(join, [work(1)])], 0)
    expect(
      await connection.redis.scard(`${queues.keyOf(run, { queue: 'pool-default', id: join.id })}:dependencies`),
    ).toBe(1)
    expect(await connection.redis.zcard(`${queues.prefix}:pool-default:prioritized`)).toBe(1)
  })

  it('adds a family in parts, all of it', async () => {
    const many = Array.from({ length: 1500 }, (_, n) => work(n))
    await queues.attach(run, [{ job: FINISH, children: [tree(join, many)] }], 0)
    expect(
      await connection.redis.scard(`${queues.keyOf(run, { queue: 'pool-default', id: join.id })}:dependencies`),
    ).toBe(1500)
  })

  it('knows who is awaited', async () => {
    await queues.attach(run, [{ job: FINISH, children: [tree(join, [work(1)])] }], 0)
    expect(await queues.isAwaited(run, work(1) as Exclude<Job, { kind: 'finish' }>)).toBe(true)
    expect(await queues.isAwaited(run, work(2) as Exclude<Job, { kind: 'finish' }>)).toBe(false)
    expect(await queues.isAwaited(run, join)).toBe(true)
  })
})

describe('handing out a foreach', () => {
  const place = { queue: 'pool-default', id: join.id }
  const facts = { width: 3, pool: 'default', slots: 100, now: 1000, busyMs: 0, bodies: 0 }
  const keyOf = (job: Job): string => queues.keyOf(run, { queue: 'pool-default', id: job.id })
  const rangesOf = (taken: readonly unknown[]): string =>
    parseRanges(String(taken[1]))
      .map(({ from, to }) => `${from}-${to}`)
      .join(' ')

  it('gives as many ranges as may be outstanding, and the same ones again to a taker that did not attach them', async () => {
    await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches: [{ from: 0, to: 100, size: 10 }] })
    expect(rangesOf(await queues.foreaches.take(run, place, 'split', facts))).toBe('0-10 10-20 20-30')
    expect(rangesOf(await queues.foreaches.take(run, place, 'split', facts))).toBe('0-10 10-20 20-30')
    expect(await queues.foreaches.take(run, place, 'other', facts)).toEqual(['full'])
  })

  it('counts children that the join waits for, but not the one who asks, nor those whose time has not come', async () => {
    await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches: [{ from: 0, to: 100, size: 1 }] })
    await queues.attach(run, [{ job: FINISH, children: [tree(join, [work(90), work(91), work(92, 99_000)])] }], 1000)
    expect(rangesOf(await queues.foreaches.take(run, place, keyOf(work(90)), facts))).toBe('0-1 1-2')
  })

  it('does not count one who has taken and is about to complete: the last of several never goes without', async () => {
    await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches: [{ from: 0, to: 100, size: 1 }] })
    await queues.attach(run, [{ job: FINISH, children: [tree(join, [work(90), work(91)])] }], 1000)
    const narrow = { ...facts, width: 1 }
    expect(await queues.foreaches.take(run, place, keyOf(work(90)), narrow)).toEqual(['full'])
    expect(rangesOf(await queues.foreaches.take(run, place, keyOf(work(91)), narrow))).toBe('0-1')
  })

  it('gives more to one who has attached what it took, if that is done by then', async () => {
    await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches: [{ from: 0, to: 100, size: 1 }] })
    await queues.attach(run, [{ job: FINISH, children: [tree(join, [work(90)])] }], 1000)
    const own = { ...facts, width: 1, isChild: true }
    const taker = keyOf(work(90))
    expect(rangesOf(await queues.foreaches.take(run, place, taker, own))).toBe('0-1')
    await queues.attach(run, [tree(work(0))], 1000)
    // It runs at once, and counts twice: nobody can have more until the taker has said that it is attached.
    expect(await queues.foreaches.take(run, place, keyOf(work(0)), own)).toEqual(['full'])
    await connection.redis.srem(`${keyOf(join)}:dependencies`, keyOf(work(0)))
    expect(rangesOf(await queues.foreaches.take(run, place, taker, { ...own, attached: '0-1' }))).toBe('1-2')
    expect(rangesOf(await queues.foreaches.take(run, place, taker, own))).toBe('1-2')
  })

  describe('to one that goes on', () => {
    const ahead = { ...facts, width: 2, isChild: true, goesOn: 'ahead' } as const
    const batches = [{ from: 0, to: 100, size: 1 }]
    /** A foreach on two slots whose first two slices were fetched. */
    async function begun(): Promise<void> {
      await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches })
      await queues.attach(run, [{ job: FINISH, children: [tree(join, [work(90), work(91)])] }], 1000)
      await connection.redis.del(`${queues.prefix}:pool-default:prioritized`)
    }

    it('gives one slice, which counts once together with what it runs', async () => {
      await begun()
      const [one, other] = [keyOf(work(90)), keyOf(work(91))]
      expect(await queues.foreaches.take(run, place, one, ahead)).toEqual(['took', '0-1'])
      expect(await queues.foreaches.take(run, place, one, ahead)).toEqual(['took', '0-1'])
      expect(await queues.foreaches.take(run, place, one, { ...ahead, runs: '0-1' })).toEqual(['took', '1-2'])
      expect(await queues.foreaches.take(run, place, other, ahead)).toEqual(['took', '2-3'])
      expect(await queues.foreaches.take(run, place, one, { ...ahead, runs: '1-2', attached: '0-1' })).toEqual([
        'took',
        '3-4',
      ])
    })

    it('gives nothing while somebody waits for a slot', async () => {
      await begun()
      await queues.attach(run, [tree(work(92))], 1000)
      expect(await queues.foreaches.take(run, place, keyOf(work(90)), { ...ahead, width: 3 })).toEqual(['full'])
    })

    it('says when there is room for more, which others may have', async () => {
      await begun()
      const one = keyOf(work(90))
      expect(await queues.foreaches.take(run, place, one, { ...ahead, width: 4 })).toEqual(['took', '0-1', '1'])
      const more = { ...facts, width: 4, isChild: true, goesOn: 'more', runs: '0-1' } as const
      expect(rangesOf(await queues.foreaches.take(run, place, one, more))).toBe('1-2 2-3')
      await queues.attach(run, [tree(work(1)), tree(work(2))], 1000)
      expect(await queues.foreaches.take(run, place, one, { ...more, attached: '1-2,2-3' })).toEqual(['full'])
    })

    it('gives what it took and has not settled to whoever gets its job', async () => {
      await begun()
      const one = keyOf(work(90))
      await queues.foreaches.take(run, place, one, ahead)
      await queues.foreaches.take(run, place, one, { ...ahead, runs: '0-1' })
      await queues.foreaches.take(run, place, one, { ...ahead, runs: '0-1,1-2' })
      const { goesOn: _, ...again } = ahead
      expect(await queues.foreaches.take(run, place, one, { ...again, attached: '1-2' })).toEqual(['took', '0-1,2-3'])
      // What was settled once does not come back.
      expect(await queues.foreaches.take(run, place, one, { ...again, attached: '0-1' })).toEqual(['took', '2-3'])
    })
  })

  it('gives nothing to one that the join does not wait for any more', async () => {
    await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches: [{ from: 0, to: 100, size: 1 }] })
    await queues.attach(run, [{ job: FINISH, children: [tree(join, [work(90)])] }], 1000)
    const taker = keyOf(work(90))
    await connection.redis.srem(`${keyOf(join)}:dependencies`, taker)
    expect(await queues.foreaches.take(run, place, taker, { ...facts, isChild: true })).toEqual(['gone'])
  })

  it('begins anew when it is to', async () => {
    const batches = [{ from: 0, to: 100, size: 10 }]
    await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches })
    expect(rangesOf(await queues.foreaches.take(run, place, 'split', facts))).toBe('0-10 10-20 20-30')
    await queues.foreaches.open(run, join.id, { count: 100, next: 50, batches })
    expect(rangesOf(await queues.foreaches.take(run, place, 'split', facts))).toBe('0-10 10-20 20-30')
    await queues.foreaches.open(run, join.id, { count: 100, next: 50, batches }, true)
    expect(rangesOf(await queues.foreaches.take(run, place, 'split', facts))).toBe('50-60 60-70 70-80')
  })

  it('gives one at the most while the queue is full, and none if one is outstanding', async () => {
    await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches: [{ from: 0, to: 100, size: 1 }] })
    const crowded = { ...facts, slots: 2 }
    await queues.attach(run, [{ job: FINISH, children: [tree(join, [work(90)])] }], 1000)
    const queue = `${queues.prefix}:pool-default:prioritized`
    for (const n of [1, 2, 3]) await connection.redis.zadd(queue, 5 * 2 ** 32 + n, `other-${n}`)
    expect(rangesOf(await queues.foreaches.take(run, place, keyOf(work(90)), crowded))).toBe('0-1')
    await queues.attach(run, [tree(work(0))], 1000)
    expect(await queues.foreaches.take(run, place, keyOf(work(90)), { ...crowded, attached: '0-1' })).toEqual(['full'])
    expect(await queues.foreaches.take(run, place, 'other', crowded)).toEqual(['full'])
  })

  it('does not mind what is less urgent', async () => {
    await queues.foreaches.open(run, join.id, { count: 100, next: 0, batches: [{ from: 0, to: 100, size: 1 }] })
    const queue = `${queues.prefix}:pool-default:prioritized`
    for (const n of [1, 2, 3]) await connection.redis.zadd(queue, 6 * 2 ** 32 + n, `other-${n}`)
    expect(rangesOf(await queues.foreaches.take(run, place, 'split', { ...facts, slots: 2 }))).toBe('0-1 1-2')
  })

  it('says when a batch is used up, takes the next one once, and ends with the last index', async () => {
    await queues.foreaches.open(run, join.id, { count: 5, next: 0, batches: [{ from: 0, to: 2, size: 1 }] })
    expect(rangesOf(await queues.foreaches.take(run, place, 'a', facts))).toBe('0-1 1-2')
    expect(await queues.foreaches.take(run, place, 'a', { ...facts, attached: '0-1,1-2' })).toEqual([
      'low',
      '0-2-1',
      '0',
      '0',
    ])
    const low = await queues.foreaches.take(run, place, 'b', { ...facts, busyMs: 30, bodies: 2 })
    expect(low).toEqual(['low', '0-2-1', '30', '2'])
    await queues.foreaches.extend(run, join.id, 1, { from: 2, to: 5, size: 2 })
    await queues.foreaches.extend(run, join.id, 1, { from: 2, to: 5, size: 1 })
    expect(rangesOf(await queues.foreaches.take(run, place, 'b', facts))).toBe('2-4 4-5')
    expect(await queues.foreaches.take(run, place, 'b', { ...facts, attached: '2-4,4-5' })).toEqual(['done'])
    expect(await queues.foreaches.take(run, place, 'c', facts)).toEqual(['done'])
  })

  it('is gone when it was closed, or Redis lost it', async () => {
    await queues.foreaches.open(run, join.id, { count: 5, next: 0, batches: [] })
    await queues.foreaches.close(run, join.id)
    expect(await queues.foreaches.take(run, place, 'a', facts)).toEqual(['gone'])
  })
})

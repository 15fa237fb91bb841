import { describe, expect, it, onTestFinished } from 'vitest'
import { isAlive } from '@flowctl/test-support/is-alive'
import { until } from '@flowctl/test-support/until'
import { ProcessPools } from '../../src/processes/process-pools.ts'
import type { TaskProcess } from '../../src/processes/task-process.ts'
import { entry } from './entries.ts'

const main = entry({})

interface Bench {
  readonly pools: ProcessPools
  /** A pool of the code package with that name. */
  readonly pool: (name: string) => ReturnType<ProcessPools['for']>
}

function bench(size: number): Bench {
  const pools = new ProcessPools(size)
  onTestFinished(() => pools.close())
  return {
    pools,
    pool: (name) =>
      pools.for(name, {
        entry: main,
        load: { bundle: name, api: '', className: 'F', datastore: 'memory:' },
        env: process.env,
      }),
  }
}

const endOf = (one: TaskProcess): Promise<void> => until(() => !isAlive(one.pid), 'the end of a process')

describe('the pools of several code packages', () => {
  it('say how many may be in use at once', () => {
    expect(bench(3).pool('a').size).toBe(3)
  })

  it('keep processes warm, each for its own package', async () => {
    const { pool, pools } = bench(2)
    const [a, b] = [pool('a'), pool('b')]
    const first = await a.acquire({})
    a.release(first, true)
    const second = await b.acquire({})
    b.release(second, true)
    expect(second).not.toBe(first)
    expect(pools.count).toBe(2)
    expect(await a.acquire({})).toBe(first)
    expect(await b.acquire({})).toBe(second)
  })

  it('find the same processes by the name of the package, whoever asks', async () => {
    const { pool, pools } = bench(2)
    const first = await pool('a').acquire({})
    pool('a').release(first, true)
    expect(await pool('a').acquire({})).toBe(first)
    expect(pools.count).toBe(1)
  })

  it('end an idle process of another package when all slots have one', async () => {
    const { pool, pools } = bench(2)
    const [a, b] = [pool('a'), pool('b')]
    const mine = await Promise.all([a.acquire({}), a.acquire({})])
    for (const one of mine) a.release(one, true)
    expect(pools.count).toBe(2)
    const other = await b.acquire({})
    expect(pools.count).toBe(2)
    await endOf(mine[0])
    expect(isAlive(mine[1].pid)).toBe(true)
    expect(isAlive(other.pid)).toBe(true)
  })

  it('take it from the package that was used least lately', async () => {
    const { pool } = bench(2)
    const used = new Map<string, TaskProcess>()
    for (const name of ['a', 'b', 'a']) {
      const one = await pool(name).acquire({})
      pool(name).release(one, true)
      used.set(name, one)
    }
    await pool('c').acquire({})
    await endOf(used.get('b') as TaskProcess)
    expect(isAlive((used.get('a') as TaskProcess).pid)).toBe(true)
  })

  it('never end a process that is in use', async () => {
    const { pool, pools } = bench(2)
    const [a, b] = [pool('a'), pool('b')]
    const busy = await a.acquire({})
    const idle = await a.acquire({})
    a.release(idle, true)
    await b.acquire({})
    await endOf(idle)
    expect(isAlive(busy.pid)).toBe(true)
    expect(pools.count).toBe(2)
    a.release(busy, true)
    expect(await a.acquire({})).toBe(busy)
  })

  it('leave the others alone while there is a process of its own to use', async () => {
    const { pool } = bench(2)
    const [a, b] = [pool('a'), pool('b')]
    const first = await a.acquire({})
    const second = await b.acquire({})
    a.release(first, true)
    b.release(second, true)
    for (let n = 0; n < 3; n += 1) {
      const again = await b.acquire({})
      expect(again).toBe(second)
      b.release(again, true)
    }
    expect(isAlive(first.pid)).toBe(true)
  })

  it('make room for several that are wanted at the same time', async () => {
    const { pool, pools } = bench(2)
    const mine = await Promise.all([pool('a').acquire({}), pool('a').acquire({})])
    for (const one of mine) pool('a').release(one, true)
    await Promise.all([pool('b').acquire({}), pool('c').acquire({})])
    for (const one of mine) await endOf(one)
    expect(pools.count).toBe(2)
  })

  it('count no process that is not to be used again', async () => {
    const { pool, pools } = bench(1)
    const a = pool('a')
    const first = await a.acquire({})
    a.release(first, false)
    await endOf(first)
    expect(pools.count).toBe(0)
    expect(await a.acquire({})).not.toBe(first)
  })

  it('serve more packages than there are slots, one after the other', async () => {
    const { pool, pools } = bench(2)
    const seen: TaskProcess[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const one = await pool(name).acquire({})
      expect(pools.count).toBeLessThanOrEqual(2)
      pool(name).release(one, true)
      seen.push(one)
    }
    for (const one of seen.slice(0, -2)) await endOf(one)
    expect(seen.slice(-2).every((one) => isAlive(one.pid))).toBe(true)
  })

  it('end all processes when they are closed, and take none back', async () => {
    const { pool, pools } = bench(2)
    const [a, b] = [pool('a'), pool('b')]
    const busy = await a.acquire({})
    const idle = await b.acquire({})
    b.release(idle, true)
    pools.close()
    await Promise.all([endOf(busy), endOf(idle)])
    a.release(busy, true)
    expect(pools.count).toBe(0)
  })
})

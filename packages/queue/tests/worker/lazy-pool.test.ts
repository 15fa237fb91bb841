import { describe, expect, it } from 'vitest'
import { flowError, FlowProblems } from '@flowctl/core'
import { CannotStart, lazyPool } from '../../src/worker/lazy-pool.ts'

type Pool = ReturnType<typeof lazyPool>
const missing = flowError('WORKER_CODE_MISSING', { flow: 'F', hash: 'h', datastore: 'file:///d' })
const refusing = (error: unknown): Pool => lazyPool(1, () => Promise.reject(error as Error))

describe('lazyPool', () => {
  it('opens nothing before a process is wanted, and then once', async () => {
    const process = {} as Awaited<ReturnType<Pool['acquire']>>
    const released: unknown[] = []
    let opened = 0
    const pool = lazyPool(3, async () => {
      opened += 1
      return { size: 3, acquire: async () => process, release: (one) => released.push(one) } as Pool
    })
    expect([pool.size, opened]).toEqual([3, 0])
    expect(await Promise.all([pool.acquire(), pool.acquire()])).toEqual([process, process])
    pool.release(process)
    expect([opened, released]).toEqual([1, [process]])
  })

  it('says that code cannot be started, with the reason a user can read', async () => {
    const refused = await refusing(missing)
      .acquire()
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(CannotStart)
    expect((refused as CannotStart).taskError).toMatchObject({
      code: 'WORKER_CODE_MISSING',
      message: missing.message,
      fix: missing.fix,
    })
    await expect(refusing(new FlowProblems([missing])).acquire()).rejects.toBeInstanceOf(CannotStart)
  })

  it('takes trouble of the datastore, and of unknown kind, for something that passes', async () => {
    const busy = flowError('DATASTORE_BUSY', { key: 'k', seconds: 1 })
    await expect(refusing(busy).acquire()).rejects.toBe(busy)
    const unknown = new Error('what?')
    await expect(refusing(unknown).acquire()).rejects.toBe(unknown)
  })

  it('tries again after it could not be opened', async () => {
    let opened = 0
    const pool = lazyPool(1, async () => {
      opened += 1
      throw missing
    })
    await expect(pool.acquire()).rejects.toThrow()
    await expect(pool.acquire()).rejects.toThrow()
    expect(opened).toBe(2)
  })
})

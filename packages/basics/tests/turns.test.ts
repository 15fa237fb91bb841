import { describe, expect, it } from 'vitest'
import { Turns } from '../src/turns.ts'

/** Lets everything that is resolved come to its continuation. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('turns', () => {
  it('lets so many in, and the others in order', async () => {
    const turns = new Turns(2)
    const inside: number[] = []
    for (const n of [1, 2, 3, 4]) void turns.take().then(() => inside.push(n))
    await settle()
    expect(inside).toEqual([1, 2])
    turns.give()
    await settle()
    expect(inside).toEqual([1, 2, 3])
    turns.give()
    turns.give()
    await settle()
    expect(inside).toEqual([1, 2, 3, 4])
  })

  it('are given back for good when nobody waits', async () => {
    const turns = new Turns(1)
    for (let n = 0; n < 3; n += 1) {
      await turns.take()
      turns.give()
    }
    await turns.take()
    let second = false
    void turns.take().then(() => (second = true))
    await settle()
    expect(second).toBe(false)
  })

  it('taken beyond the limit keep the line waiting until they are given back', async () => {
    const turns = new Turns(1)
    await turns.take()
    turns.takeExtra()
    let inside = false
    void turns.take().then(() => (inside = true))
    turns.give()
    await settle()
    expect(inside).toBe(false)
    turns.give()
    await settle()
    expect(inside).toBe(true)
  })

  it('leave the line when the signal is aborted, without a turn', async () => {
    const turns = new Turns(1)
    await turns.take()
    const leaving = new AbortController()
    const left = turns.take(leaving.signal)
    const stays = turns.take()
    leaving.abort(new Error('changed my mind'))
    await expect(left).rejects.toThrow('changed my mind')
    turns.give()
    await stays
    await expect(turns.take(leaving.signal)).rejects.toThrow('changed my mind')
  })

  it('are given within a time, or not', async () => {
    const turns = new Turns(2)
    expect([await turns.takeWithin(0), await turns.takeWithin(0), await turns.takeWithin(5)]).toEqual([
      true,
      true,
      false,
    ])
    expect([turns.taken, turns.free, turns.most]).toEqual([2, 0, 2])
    const order: string[] = []
    const first = turns.takeWithin(60_000).then((got) => order.push(`first ${got}`))
    const second = turns.take().then(() => order.push('second'))
    turns.give()
    await first
    turns.give()
    await second
    expect(order).toEqual(['first true', 'second'])
    turns.give()
    expect([turns.taken, turns.free]).toEqual([1, 1])
  })

  it('who did not get one in time has left the line', async () => {
    const turns = new Turns(1)
    await turns.take()
    expect(await turns.takeWithin(5)).toBe(false)
    turns.give()
    expect(turns.free).toBe(1)
  })

  it('are refused to all in the line and all who come', async () => {
    const turns = new Turns(1)
    await turns.take()
    const waiting = turns.take()
    turns.refuse(new Error('closed'))
    await expect(waiting).rejects.toThrow('closed')
    await expect(turns.takeWithin(5)).rejects.toThrow('closed')
    turns.give()
    await expect(turns.take()).rejects.toThrow('closed')
  })
})

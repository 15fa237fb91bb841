import { describe, expect, it } from 'vitest'
import { SlotGate } from '../../src/worker/slot-gate.ts'

describe('SlotGate', () => {
  it('gives out no more slots than there are', async () => {
    const gate = new SlotGate(2)
    expect([await gate.acquire(0), await gate.acquire(0), await gate.acquire(5)]).toEqual([true, true, false])
    expect([gate.busy, gate.free]).toEqual([2, 0])
  })

  it('gives a slot that is given back to who has waited longest', async () => {
    const gate = new SlotGate(1)
    await gate.acquire(0)
    const order: string[] = []
    const first = gate.acquire(1000).then(() => order.push('first'))
    const second = gate.acquire(1000).then(() => order.push('second'))
    gate.release()
    await first
    expect(gate.free).toBe(0)
    gate.release()
    await second
    expect(order).toEqual(['first', 'second'])
    gate.release()
    expect(gate.free).toBe(1)
  })

  it('forgets those who did not get one in time', async () => {
    const gate = new SlotGate(1)
    await gate.acquire(0)
    expect(await gate.acquire(5)).toBe(false)
    gate.release()
    expect(gate.free).toBe(1)
  })
})

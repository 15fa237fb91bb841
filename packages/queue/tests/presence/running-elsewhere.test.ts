import { describe, expect, it } from 'vitest'
import { RunningElsewhere } from '../../src/presence/running-elsewhere.ts'

const worker = (id: string, beatAt: number, ...running: string[]) => ({ id, beatAt, running })

describe('what runs elsewhere', () => {
  it('is what others said last', () => {
    const elsewhere = new RunningElsewhere()
    elsewhere.update([worker('a', 1, 'F/r/work/1'), worker('b', 1, 'F/r/work/2')], false)
    expect([elsewhere.has('F/r/work/1'), elsewhere.has('F/r/work/2'), elsewhere.has('F/r/work/3')]).toEqual([
      true,
      true,
      false,
    ])
    elsewhere.update([worker('a', 2, 'F/r/work/3'), worker('b', 2)], false)
    expect([elsewhere.has('F/r/work/1'), elsewhere.has('F/r/work/2'), elsewhere.has('F/r/work/3')]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('of a worker that is silent is believed for two looks more, and again once it speaks', () => {
    const elsewhere = new RunningElsewhere()
    const seen = (beatAt: number): boolean => {
      elsewhere.update([worker('a', beatAt, 'slice')], false)
      return elsewhere.has('slice')
    }
    expect([seen(1), seen(1), seen(1), seen(1), seen(1)]).toEqual([true, true, true, false, false])
    expect([seen(2), seen(2), seen(2), seen(2)]).toEqual([true, true, true, false])
  })

  it('is gone with a worker that has left', () => {
    const elsewhere = new RunningElsewhere()
    elsewhere.update([worker('a', 1, 'slice')], false)
    elsewhere.update([], false)
    expect(elsewhere.has('slice')).toBe(false)
  })

  it('outlives what Redis has lost, if its worker speaks again soon', () => {
    const elsewhere = new RunningElsewhere()
    elsewhere.update([worker('a', 1, 'one'), worker('b', 1, 'two')], false)
    elsewhere.update([], true)
    expect([elsewhere.has('one'), elsewhere.has('two')]).toEqual([true, true])
    elsewhere.update([worker('a', 2, 'one')], false)
    elsewhere.update([worker('a', 3, 'one')], false)
    expect([elsewhere.has('one'), elsewhere.has('two')]).toEqual([true, false])
  })
})

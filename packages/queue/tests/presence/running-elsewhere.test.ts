import { describe, expect, it } from 'vitest'
import { RunningElsewhere } from '../../src/presence/running-elsewhere.ts'

const worker = (id: string, beatAt: number, ...running: string[]) => ({ id, beatAt, running })

describe('claims', () => {
  it('are what others said last', () => {
    const claims = new RunningElsewhere()
    claims.update([worker('a', 1, 'F/r/work/1'), worker('b', 1, 'F/r/work/2')], false)
    expect([claims.has('F/r/work/1'), claims.has('F/r/work/2'), claims.has('F/r/work/3')]).toEqual([true, true, false])
    claims.update([worker('a', 2, 'F/r/work/3'), worker('b', 2)], false)
    expect([claims.has('F/r/work/1'), claims.has('F/r/work/2'), claims.has('F/r/work/3')]).toEqual([false, false, true])
  })

  it('of a worker that is silent are believed for two looks more, and again once it speaks', () => {
    const claims = new RunningElsewhere()
    const seen = (beatAt: number): boolean => {
      claims.update([worker('a', beatAt, 'slice')], false)
      return claims.has('slice')
    }
    expect([seen(1), seen(1), seen(1), seen(1), seen(1)]).toEqual([true, true, true, false, false])
    expect([seen(2), seen(2), seen(2), seen(2)]).toEqual([true, true, true, false])
  })

  it('are gone with a worker that has left', () => {
    const claims = new RunningElsewhere()
    claims.update([worker('a', 1, 'slice')], false)
    claims.update([], false)
    expect(claims.has('slice')).toBe(false)
  })

  it('outlive what Redis has lost, if their worker speaks again soon', () => {
    const claims = new RunningElsewhere()
    claims.update([worker('a', 1, 'one'), worker('b', 1, 'two')], false)
    claims.update([], true)
    expect([claims.has('one'), claims.has('two')]).toEqual([true, true])
    claims.update([worker('a', 2, 'one')], false)
    claims.update([worker('a', 3, 'one')], false)
    expect([claims.has('one'), claims.has('two')]).toEqual([true, false])
  })
})

import { describe, expect, it } from 'vitest'
import { BodyClock } from '../../src/execute/body-clock.ts'

describe('the clock of bodies', () => {
  it('knows nothing before it has seen enough, and keeps splits apart', () => {
    const clock = new BodyClock()
    clock.note('rows', { busyMs: 98, bodies: 49 })
    expect(clock.of('rows')).toBeUndefined()
    clock.note('rows', { busyMs: 2, bodies: 1 })
    expect(clock.of('rows')).toBe(2)
    expect(clock.of('cells')).toBeUndefined()
    clock.note('cells', { busyMs: 0, bodies: 0 })
    expect(clock.of('cells')).toBeUndefined()
  })

  it('believes what it saw lately more than what it saw long ago', () => {
    const clock = new BodyClock()
    for (let n = 0; n < 40; n += 1) clock.note('rows', { busyMs: 100, bodies: 100 })
    for (let n = 0; n < 40; n += 1) clock.note('rows', { busyMs: 1000, bodies: 100 })
    expect(clock.of('rows')).toBeGreaterThan(9)
    expect(clock.of('rows')).toBeLessThanOrEqual(10)
  })
})

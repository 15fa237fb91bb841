import { describe, expect, it } from 'vitest'
import { chainFlow } from '../src/chain.bench.mjs'
import { spread, summary } from '../src/statistics.mjs'

describe('the spread of measurements', () => {
  it('has the middle one, the least and the most', () => {
    expect(spread([5, 1, 100])).toEqual({ median: 5, min: 1, max: 100 })
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 })
  })

  it('keeps three digits', () => {
    expect(spread([1234.5678]).median).toBe(1230)
    expect(spread([0.123456]).median).toBe(0.123)
  })

  it('refuses to be made of nothing', () => {
    expect(() => spread([])).toThrow('nothing to summarise')
  })
})

describe('a summary', () => {
  it('takes ratios within each run', () => {
    const runs = [
      { slow: 10, fast: 1 },
      { slow: 40, fast: 2 },
      { slow: 90, fast: 3 },
    ]
    const { slow, ratio } = summary(runs, { ratio: ['slow', 'fast'] })
    expect(slow).toEqual({ median: 40, min: 10, max: 90 })
    expect(ratio).toEqual({ median: 20, min: 10, max: 30 })
  })
})

describe('the flow of the chain', () => {
  it('has as many steps as asked for, each leading to the next', () => {
    const source = chainFlow(4)
    expect(source.match(/@step/g)).toHaveLength(4)
    expect([...source.matchAll(/this\.next\(this\.(\w+)\)/g)].map((match) => match[1])).toEqual([
      'step1',
      'step2',
      'end',
    ])
  })
})

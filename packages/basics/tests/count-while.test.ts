import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countWhile } from '../src/count-while.ts'

it('finds where a test ceases to hold, with few tests', () => {
  fc.assert(
    fc.property(fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), (length, border) => {
      let tests = 0
      const count = countWhile(length, (index) => {
        tests += 1
        return index < border
      })
      expect(count).toBe(Math.min(length, border))
      expect(tests).toBeLessThanOrEqual(Math.ceil(Math.log2(length + 1)))
    }),
  )
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecentMap } from '../src/recent-map.ts'

it('lets go what was used least lately', () => {
  const map = new RecentMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  expect(map.get('a')).toBe(1)
  map.set('c', 3)
  expect([map.has('a'), map.has('b'), map.has('c'), map.size]).toEqual([true, false, true, 2])
})

it('does not count a look as a use', () => {
  const map = new RecentMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.has('a')
  map.set('c', 3)
  expect(map.has('a')).toBe(false)
})

it('keeps the newest entry, however much it weighs, and forgets what it replaced', () => {
  const map = new RecentMap<string, string>(5, (text) => text.length)
  map.set('a', 'aa')
  map.set('a', 'aaa')
  map.set('b', 'bb')
  expect([map.get('a'), map.get('b')]).toEqual(['aaa', 'bb'])
  map.set('c', 'much too long')
  expect([map.has('a'), map.has('b'), map.get('c')]).toEqual([false, false, 'much too long'])
  expect([map.take('c'), map.take('c'), map.size]).toEqual(['much too long', undefined, 0])
  map.set('d', '12345')
  expect(map.get('d')).toBe('12345')
})

it('is a map of the last uses, whatever is done to it', () => {
  const action = fc.record({
    what: fc.constantFrom('set' as const, 'get' as const, 'take' as const, 'delete' as const),
    key: fc.nat({ max: 6 }),
    value: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 10 }), fc.array(action), (most, actions) => {
      const map = new RecentMap<number, number>(most, (value) => value)
      let model: [key: number, value: number][] = []
      for (const { what, key, value } of actions) {
        const found = model.find(([one]) => one === key)
        if (what === 'get' || what === 'take') expect(map[what](key)).toBe(found?.[1])
        else if (what === 'set') map.set(key, value)
        else map.delete(key)
        const others = model.filter(([one]) => one !== key)
        const kept = what === 'set' ? ([key, value] as [number, number]) : what === 'get' ? found : undefined
        model = kept === undefined ? others : [...others, kept]
        while (model.reduce((sum, [, weight]) => sum + weight, 0) > most) model.shift()
        expect([0, 1, 2, 3, 4, 5, 6].filter((one) => map.has(one))).toEqual(
          model.map(([one]) => one).toSorted((a, b) => a - b),
        )
      }
    }),
  )
})

import { expect, test } from 'vitest'
import { inParallel, mapOrdered } from '../src/in-parallel.ts'

test('maps in order, with so many calls at a time', async () => {
  let [now, most] = [0, 0]
  const doubled = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
    now += 1
    most = Math.max(most, now)
    for (let i = 0; i < item; i += 1) await Promise.resolve()
    now -= 1
    return item * 2
  })
  expect(doubled).toEqual([10, 2, 8, 4, 6])
  expect(most).toBe(2)
  expect(await inParallel([], 4, async () => 1)).toEqual([])
})

test('starts nothing more after a call that failed', async () => {
  const started: number[] = []
  const failing = inParallel([0, 1, 2, 3, 4], 1, async (item) => {
    started.push(item)
    if (item === 1) throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(started).toEqual([0, 1])
})

test('yields in the order of the items, with so many calls ahead of the reader', async () => {
  let [now, most] = [0, 0]
  const results: number[] = []
  const mapped = mapOrdered([5, 1, 4, 2, 3], 2, async (item) => {
    now += 1
    most = Math.max(most, now)
    for (let i = 0; i < item; i += 1) await Promise.resolve()
    now -= 1
    return item * 2
  })
  for await (const result of mapped) results.push(result)
  expect(results).toEqual([10, 2, 8, 4, 6])
  expect(most).toBe(2)
})

test('throws the error of an item when it is its turn', async () => {
  const seen: number[] = []
  const read = async (): Promise<void> => {
    const mapped = mapOrdered([0, 1, 2], 3, async (item) => {
      if (item === 1) throw new Error('no')
      return item
    })
    for await (const one of mapped) seen.push(one)
  }
  await expect(read()).rejects.toThrow('no')
  expect(seen).toEqual([0])
})

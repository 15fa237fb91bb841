import { expect, test } from 'vitest'
import { joinJob, type JoinJob, type SlicePlan } from '@flowctl/core'
import { memoryStore, RunReader, RunStore } from '@flowctl/datastore'
import { ForeachBatches } from '../../src/run/foreach-batches.ts'
import { chainGraph } from '../graphs.ts'

const graph = chainGraph()
const join = joinJob(graph, 'fan', []) as JoinJob
const BATCHES: readonly SlicePlan[] = [
  { from: 0, to: 2, size: 1 },
  { from: 2, to: 8, size: 3 },
  { from: 8, to: 20, size: 6 },
]

function opened(): { store: RunStore; written: string[]; read: string[]; process: () => ForeachBatches } {
  const objects = memoryStore()
  const written: string[] = []
  const read: string[] = []
  const watched = Object.assign(Object.create(objects) as typeof objects, {
    putIfAbsent: (...given: Parameters<typeof objects.putIfAbsent>) => {
      written.push(given[0])
      return objects.putIfAbsent(...given)
    },
    get: (key: string) => {
      read.push(key)
      return objects.get(key)
    },
  })
  const store = new RunStore(watched, 'F', 'r')
  const process = (): ForeachBatches => new ForeachBatches(store, new RunReader(store, graph), graph)
  return { store, written, read, process }
}

const other = ({ from, to }: SlicePlan): SlicePlan => ({ from, to, size: to - from })

test('slots of a process that want the same batch write it once', async () => {
  const { written, process } = opened()
  const batches = process()
  const [first, second] = BATCHES as [SlicePlan, SlicePlan]
  const decided = await Promise.all([batches.decide(join, 1, first), batches.decide(join, 1, second)])
  expect(decided).toEqual([first, first])
  expect(written).toHaveLength(1)
})

test('of two processes the first has decided', async () => {
  const { process } = opened()
  const [first] = BATCHES as [SlicePlan]
  await process().decide(join, 0, first)
  expect(await process().decide(join, 0, other(first))).toEqual(first)
})

test('a batch that could not be written is written when it is asked for again', async () => {
  const { store, process } = opened()
  const batches = process()
  const [first] = BATCHES as [SlicePlan]
  const { putSlicePlan } = store
  store.putSlicePlan = () => Promise.reject(new Error('no answer'))
  await expect(batches.decide(join, 0, first)).rejects.toThrow('no answer')
  store.putSlicePlan = putSlicePlan
  expect(await batches.decide(join, 0, first)).toEqual(first)
})

test('all batches: read until they cover the foreach, those that are at hand not at all', async () => {
  const { read, process } = opened()
  const batches = process()
  for (const [n, batch] of BATCHES.entries()) await batches.decide(join, n, batch)
  expect(await process().all(join, 20)).toEqual(BATCHES)
  read.length = 0
  expect(await batches.all(join, 20)).toEqual(BATCHES)
  expect(read.filter((key) => key.includes('/slices/'))).toEqual([])
})

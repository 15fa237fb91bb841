import { FlowSpec, taskId, type ArtifactMap, type FlowGraph, type ObjectStore, type TaskRecord } from '@flowctl/core'
import { ArtifactStore, encodeValue, memoryStore, RunStore } from '@flowctl/datastore'
import { describe, expect, test } from 'vitest'
import type { InputLocator } from '../../src/protocol/requests.ts'
import { openInputs } from '../../src/inputs/input-records.ts'
import { InputList } from '../../src/inputs/input-views.ts'
import { Scan } from '../../src/inputs/scan.ts'
import { RunSession } from '../../src/session/run-session.ts'

class Wide extends FlowSpec {}

const GRAPH: FlowGraph = {
  flow: 'Wide',
  doc: '',
  at: { file: 'f.ts', line: 1, column: 1 },
  start: 'start',
  end: 'end',
  steps: {},
}

/** A store in which every read is a round trip, and the most bytes that one of them brought. */
function distant() {
  const inner = memoryStore()
  const seen = { trips: 0, most: 0 }
  const trip = <T extends (Uint8Array | undefined)[]>(found: T): T => {
    seen.trips += 1
    seen.most = Math.max(
      seen.most,
      found.reduce((sum, bytes) => sum + (bytes?.byteLength ?? 0), 0),
    )
    return found
  }
  const sync = inner.sync as NonNullable<typeof inner.sync>
  const store: ObjectStore = {
    url: inner.url,
    get: async (key) => (trip([sync.get(key)]), inner.get(key)),
    getRange: (key, from, to) => inner.getRange(key, from, to),
    put: (key, body) => inner.put(key, body),
    putIfAbsent: (key, body) => inner.putIfAbsent(key, body),
    putIfMatch: (key, body, etag) => inner.putIfMatch(key, body, etag),
    list: (prefix, options) => inner.list(prefix, options),
    delete: (key) => inner.delete(key),
    sync: {
      get: (key) => trip([sync.get(key)])[0],
      getRange: (key, from, to) => trip([sync.getRange(key, from, to)])[0],
      getMany: (keys) => trip(keys.map((key) => sync.get(key))),
    },
  }
  return { store, seen }
}

interface Join {
  readonly count: number
  /** Tasks of a commit; 1: each in a commit of its own, found by its id. */
  readonly slice: number
  readonly value: (index: number) => unknown
}

async function openJoin({ count, slice, value }: Join) {
  const { store, seen } = distant()
  const runStore = new RunStore(store, 'Wide', '1')
  const artifacts = new ArtifactStore(store, 'Wide')
  const locators: InputLocator[] = slice === 1 ? [{ from: 0, to: count, steps: ['work'] }] : []
  for (let from = 0; from < count; from += slice) {
    const to = Math.min(from + slice, count)
    const tasks: TaskRecord[] = []
    for (let index = from; index < to; index += 1) {
      const map: ArtifactMap = { x: await artifacts.save(encodeValue(value(index), 'x')) }
      const times = { attempt: 0, startedAt: 0, endedAt: 0, pid: 1 }
      const id = { step: 'work', task: taskId({ path: [index], turn: 0 }) }
      tasks.push({ ...id, ...times, outcome: 'succeeded', artifacts: map, taken: { kind: 'linear', to: 'join' } })
    }
    const key = slice === 1 ? String(from) : `${from}-${to - 1}`
    const parts = { format: 1, head: 'work', key, execution: 'x', host: 'h', attempts: [], continuations: [] } as const
    await runStore.putCommit({ ...parts, tasks })
    if (slice > 1) locators.push({ from, to, steps: ['work'], slice: { head: 'work', key } })
  }
  const session = new RunSession(
    Wide,
    { store, artifacts: new ArtifactStore(store, 'Wide'), runStore },
    {
      type: 'open',
      run: '1',
      user: 'u',
      tags: [],
      graph: GRAPH,
      parameters: {},
      options: { maxWorkers: 1, maxNumSplits: 1, maxLogBytes: 1, isolate: false, with: [] },
    },
  )
  const records = await openInputs(
    session,
    { step: 'join', path: [] },
    { type: 'foreach', split: 'start', count, locators },
  )
  seen.trips = 0
  seen.most = 0
  const list = new InputList(session, { step: 'join', path: [] }, records as NonNullable<typeof records>)
  return { inputs: list.views() as { readonly x: unknown }[], seen }
}

const blob = (index: number): Float64Array => new Float64Array(400).fill(index)
const first = ({ x }: { readonly x: unknown }): number => (x as Float64Array)[0] as number
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

describe('inputs of a join, where every read is a round trip', () => {
  test.each([
    ['in slices, with inline values', { count: 2000, slice: 50, value: (index: number) => [index] }, 10],
    ['in slices, with blobs', { count: 2000, slice: 50, value: blob }, 30],
    ['in commits of their own, with blobs', { count: 2000, slice: 1, value: blob }, 40],
  ])('%s: a scan takes few', async (_, join, most) => {
    const { inputs, seen } = await openJoin(join)
    const values = inputs.map(({ x }) => (x as ArrayLike<number>)[0])
    expect(values).toEqual(upTo(join.count))
    expect(seen.trips).toBeLessThanOrEqual(most)
  })

  test('who compares each with the first reads every slice twice at most', async () => {
    const { inputs, seen } = await openJoin({ count: 1000, slice: 100, value: (index) => [index] })
    const valueOf = (index: number): number => ((inputs[index] as { x: unknown }).x as number[])[0] as number
    expect(upTo(1000).map((index) => valueOf(index) - valueOf(0))).toEqual(upTo(1000))
    expect(seen.trips).toBeLessThanOrEqual(21)
  })

  test('streamed, they are all read and little is kept', async () => {
    const { inputs, seen } = await openJoin({ count: 600, slice: 20, value: (i) => new Float64Array(40_000).fill(i) })
    const values: number[] = []
    for await (const input of inputs as unknown as AsyncIterable<{ readonly x: unknown }>) values.push(first(input))
    expect(values).toEqual(upTo(600))
    expect(seen.trips).toBeLessThan(700)
    expect(seen.most).toBeLessThan(20 * 2 ** 20)
  })

  test('one input alone reads nothing of the others', async () => {
    const { inputs, seen } = await openJoin({ count: 1000, slice: 10, value: blob })
    for (const index of [0, 999, 500, 3]) expect(first(inputs[index] as { x: unknown })).toBe(index)
    // A commit and a blob each; the commit of the last one is there.
    expect(seen.trips).toBe(7)
  })

  test('a scan that stops, one backwards and one with gaps read what they ask for', async () => {
    const { inputs } = await openJoin({ count: 1000, slice: 30, value: blob })
    const read = (indices: readonly number[]) => indices.map((index) => first(inputs[index] as { x: unknown }))
    for (const indices of [upTo(100), upTo(1000).toReversed(), upTo(300).map((i) => i * 3), upTo(1000)])
      expect(read(indices)).toEqual(indices)
  })

  test('a batch of large values stays within its bytes', async () => {
    const { inputs, seen } = await openJoin({ count: 60, slice: 60, value: (i) => new Float64Array(250_000).fill(i) })
    expect(inputs.map(first)).toEqual(upTo(60))
    expect(seen.most).toBeLessThanOrEqual(18 * 2 ** 20)
  })
})

describe('Scan', () => {
  test('reads twice as far each time that positions go on, and starts anew elsewhere', () => {
    const scan = new Scan(8)
    const widths: number[] = []
    for (let position = 0; position < 30; position += 1) {
      const width = scan.widthAt(position)
      if (width > 0) scan.covered(position + width)
      widths.push(width)
    }
    expect(widths.filter((width) => width > 0)).toEqual([1, 2, 4, 8, 8, 8])
    expect(scan.widthAt(7)).toBe(1)
    scan.covered(8)
    expect(scan.widthAt(7)).toBe(0)
    expect(scan.widthAt(8)).toBe(2)
    scan.covered(10)
    expect(scan.widthAt(900)).toBe(1)
  })
})

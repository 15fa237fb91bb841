import { structureOf, type TaskRecord } from '@flowctl/core'
import { describe, expect, test } from 'vitest'
import { RunReader } from '../../src/reading/run-reader.ts'
import { ListedSource } from './listed-source.ts'
import { commitOf, modelRun, recordOf } from './model-run.ts'
import { graphOf } from './small-graphs.ts'

const foreach = graphOf({ start: { foreach: 'fit' }, fit: 'score', score: 'join', join: 'end', end: null })

const collect = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const one of stream) found.push(one)
  return found
}
const ids = async (stream: AsyncIterable<TaskRecord>): Promise<string[]> =>
  (await collect(stream)).map((record) => record.task)

const fitted = (index: number): TaskRecord => recordOf('fit', `${index}`, { kind: 'linear', to: 'score' })
const scored = (index: number): TaskRecord => recordOf('score', `${index}`, { kind: 'linear', to: 'join' })
const bothOf = (from: number, to: number): TaskRecord[] =>
  Array.from({ length: to - from }, (_, i) => [fitted(from + i), scored(from + i)]).flat()

describe('a packed body', () => {
  test('both steps of the chain are found under its head', () => {
    expect(structureOf(foreach).headOf['score']).toBe('fit')
  })

  test('a range is found through the listing, 10 after 9', async () => {
    const source = new ListedSource([commitOf('fit', '0-8', bothOf(0, 9)), commitOf('fit', '9-11', bothOf(9, 12))])
    const reader = new RunReader(source, foreach)
    expect((await reader.task('score', '10'))?.task).toBe('10')
    expect(await ids(reader.tasks('score'))).toEqual(Array.from({ length: 12 }, (_, i) => `${i}`))
    expect(await reader.task('score', '12')).toBeUndefined()
  })

  test('a continuation that is not committed leaves its tasks pending, with the attempts so far', async () => {
    const { outcome: _, artifacts: __, taken: ___, ...attempt } = scored(1)
    const source = new ListedSource([
      commitOf('fit', '0-3', [...bothOf(0, 1), fitted(1)], {
        attempts: [attempt],
        continuations: [
          { key: '0-3_0', step: 'score', from: 1, to: 2, attempt: 1, reason: 'retry' },
          { key: '0-3_1', step: 'fit', from: 2, to: 4, attempt: 0, reason: 'time' },
        ],
      }),
    ])
    const reader = new RunReader(source, foreach)
    expect(await reader.task('fit', '1')).toEqual(fitted(1))
    expect(await reader.task('score', '1')).toBeUndefined()
    expect(await reader.attempts('score', '1')).toEqual([attempt])
    expect(await ids(reader.tasks('score'))).toEqual(['0'])

    source.add(commitOf('fit', '0-3_0', [{ ...scored(1), attempt: 1 }]))
    source.add(commitOf('fit', '0-3_1', bothOf(2, 4)))
    expect(await ids(reader.tasks('score'))).toEqual(['0', '1', '2', '3'])
    expect((await reader.attempts('score', '1')).map((one) => one.attempt)).toEqual([0, 1])
  })

  test('those that came through are counted without their records', async () => {
    const nested = graphOf({
      start: { foreach: 'a' },
      a: { foreach: 'b' },
      b: 'inner',
      inner: 'outer',
      outer: 'end',
      end: null,
    })
    const passed = recordOf('b', '0.0', { kind: 'linear', to: 'inner' })
    const source = new ListedSource([
      commitOf('b', '0.0-1', [passed, { ...passed, task: '0.1', outcome: 'caught' }]),
      commitOf('b', '0.2-3', [{ ...passed, task: '0.2', outcome: 'failed' }]),
      commitOf('b', '0.2-3_0', [{ ...passed, task: '0.3' }]),
      commitOf('b', '1.0', [{ ...passed, task: '1.0' }]),
    ])
    const reader = new RunReader(source, nested)
    expect(await reader.passed('b', [0])).toBe(3)
    expect(await reader.passed('b', [1])).toBe(1)
    expect(await reader.passed('b', [2])).toBe(0)
  })

  test('a failed task ends the chain of its index', async () => {
    const source = new ListedSource([commitOf('fit', '0-1', [...bothOf(0, 1), recordOf('fit', '1')])])
    const reader = new RunReader(source, foreach)
    expect((await reader.task('fit', '1'))?.outcome).toBe('failed')
    expect(await reader.task('score', '1')).toBeUndefined()
    expect(await collect(reader.childrenOf('fit', '1'))).toEqual([])
    expect((await reader.counts())['fit']).toEqual({ succeeded: 1, caught: 0, failed: 1, adopted: 0 })
  })

  test('part of a chain is adopted, the rest is committed', async () => {
    const reader = new RunReader(
      new ListedSource([commitOf('fit', '1', [scored(1)])], [...bothOf(0, 1), fitted(1)]),
      foreach,
    )
    expect(await ids(reader.tasks('fit'))).toEqual(['0', '1'])
    expect(await ids(reader.tasks('score'))).toEqual(['0', '1'])
    expect((await reader.counts())['fit']).toEqual({ succeeded: 2, caught: 0, failed: 0, adopted: 2 })
    expect((await reader.counts())['score']).toEqual({ succeeded: 2, caught: 0, failed: 0, adopted: 1 })
  })
})

describe('the relations of tasks', () => {
  const opened = (count: number): TaskRecord =>
    recordOf('start', '0', { kind: 'foreach', to: 'fit', count, segments: [] })
  const joined = recordOf('join', '0', { kind: 'linear', to: 'end' })

  test('an empty foreach leads straight to its join, which has no inputs', async () => {
    const reader = new RunReader(
      new ListedSource([commitOf('start', '0', [opened(0)]), commitOf('join', '0', [joined])]),
      foreach,
    )
    expect(await collect(reader.childrenOf('start', '0'))).toEqual([joined])
    expect(await collect(reader.parentsOf('join', '0'))).toEqual([opened(0)])
    expect(await collect(reader.inputsOf('join', '0'))).toEqual([])
  })

  test('the inputs of a static split come in order of the split, from whichever step ended a branch', async () => {
    const graph = graphOf({
      start: ['b', 'a'],
      a: 'join',
      b: { switch: ['small', 'large'] },
      small: 'join',
      large: 'join',
      join: 'end',
      end: null,
    })
    const run = modelRun(graph, { random: () => 0.9, count: () => 0, eventful: false })
    const reader = new RunReader(new ListedSource(run.commits), graph)
    const steps = (await collect(reader.inputsOf('join', '0'))).map((record) => record.step)
    expect(steps).toEqual(['large', 'a'])
  })

  test('the parent of what follows a loop is its last turn, found without reading all of them', async () => {
    const graph = graphOf({ start: 'loop', loop: { switch: ['loop', 'end'] }, end: null })
    const turns = 1000
    const commits = Array.from({ length: turns }, (_, turn) => {
      const id = turn === 0 ? '0' : `0~${turn}`
      const to = turn === turns - 1 ? 'end' : 'loop'
      return commitOf('loop', id, [recordOf('loop', id, { kind: 'switch', to, value: to })])
    })
    const source = new ListedSource([...commits, commitOf('end', '0', [recordOf('end', '0', { kind: 'end' })])])
    const reader = new RunReader(source, graph)
    expect(await ids(reader.parentsOf('end', '0'))).toEqual(['0~999'])
    expect(source.reads).toBeLessThan(40)
    expect(await ids(reader.parentsOf('loop', '0~5'))).toEqual(['0~4'])
    expect(await ids(reader.childrenOf('loop', '0~5'))).toEqual(['0~6'])
    expect(await ids(reader.childrenOf('loop', '0~999'))).toEqual(['0'])
  })
})

describe('reading little', () => {
  const wide = modelRun(foreach, { random: () => 0.99, count: () => 600, eventful: false })
  const end = { status: 'succeeded' as const, at: 1, steps: {} }

  test('no more commits are read at a time than allowed, and none that are not asked for', async () => {
    const source = new ListedSource(wide.commits)
    const reader = new RunReader(source, foreach, { parallelReads: 5 })
    let seen = 0
    for await (const _ of reader.tasks('fit')) if (++seen === 12) break
    expect(source.mostOpen).toBe(5)
    expect(source.reads).toBeLessThan(10)
  })

  test('a run that has ended is listed once; one that goes on, each time', async () => {
    const source = new ListedSource(wide.commits)
    const going = new RunReader(source, foreach)
    await collect(going.tasks('fit'))
    await collect(going.tasks('fit'))
    expect(source.listings).toBe(2)
    source.end = end
    const ended = new RunReader(source, foreach)
    await collect(ended.tasks('fit'))
    await collect(ended.tasks('score'))
    expect(source.listings).toBe(3)
  })

  test('neighbours come out of one read', async () => {
    const source = new ListedSource(wide.commits)
    const reader = new RunReader(source, foreach, { settled: true })
    for (let index = 0; index < 60; index += 1) await reader.task('score', `${index}`)
    expect(source.reads).toBeLessThan(25)
  })

  test('tasks of a run that goes on, asked for one by one, are listed anew only where one is not known yet', async () => {
    const source = new ListedSource()
    for (let from = 0; from < 400; from += 100)
      source.add(commitOf('fit', `${from}-${from + 99}`, bothOf(from, from + 100)))
    const reader = new RunReader(source, foreach)
    for (let index = 0; index < 400; index += 1) expect((await reader.task('score', `${index}`))?.task).toBe(`${index}`)
    expect(source.listings).toBe(1)
    // Four slices, and a commit of its own looked for before the listing.
    expect(source.reads).toBe(5)
    expect(await reader.task('score', '450')).toBeUndefined()
    source.add(commitOf('fit', '400-499', bothOf(400, 500)))
    expect((await reader.task('score', '450'))?.task).toBe('450')
    expect(source.listings).toBe(3)
  })

  test('a small commit that was just written is not read; a large one is not kept', async () => {
    const source = new ListedSource([commitOf('fit', '0', bothOf(0, 1)), commitOf('fit', '1-20', bothOf(1, 21))])
    const reader = new RunReader(source, foreach)
    for (const commit of source.commits.values()) reader.keep(commit)
    expect((await reader.task('score', '0'))?.task).toBe('0')
    expect(source.reads).toBe(0)
    expect((await reader.task('score', '5'))?.task).toBe('5')
    expect(source.reads).toBeGreaterThan(0)
  })

  test('how many went on is known of commits that were just written, and read of the others only', async () => {
    const [own, other] = [commitOf('fit', '0-20', bothOf(0, 20)), commitOf('fit', '20-30', bothOf(20, 30))]
    const source = new ListedSource([own, other])
    const reader = new RunReader(source, foreach)
    reader.keep(own)
    expect(await reader.passed('score', [])).toBe(30)
    expect(source.reads).toBe(1)
    expect(await reader.counts()).toEqual(await new RunReader(source, foreach).counts())
  })

  test('counts of a run that has ended are read from its end; of one that goes on only new commits are read', async () => {
    const source = new ListedSource(wide.commits)
    const going = new RunReader(source, foreach)
    expect((await going.counts())['fit']?.succeeded).toBe(600)
    const { reads } = source
    await going.counts()
    expect(source.reads).toBe(reads)
    source.end = { ...end, steps: { fit: { succeeded: 5, caught: 0, failed: 0, adopted: 0 } } }
    const counts = await new RunReader(source, foreach).counts()
    expect([counts['fit']?.succeeded, counts['score']?.succeeded]).toEqual([5, 0])
    expect(source.reads).toBe(reads)
  })
})

test('steps and ids that do not exist have no tasks', async () => {
  const reader = new RunReader(new ListedSource(), foreach)
  expect(await reader.task('nope', '0')).toBeUndefined()
  expect(await reader.task('fit', '0.1')).toBeUndefined()
  expect(await reader.task('start', 'x')).toBeUndefined()
  expect(await reader.attempts('nope', '0')).toEqual([])
  expect(await collect(reader.tasks('nope'))).toEqual([])
  expect(await collect(reader.parentsOf('nope', '0'))).toEqual([])
  expect(await collect(reader.childrenOf('fit', '7'))).toEqual([])
})

test('an error while reading ahead reaches the reader and nobody else', async () => {
  const source = new ListedSource([commitOf('fit', '0', bothOf(0, 1)), commitOf('fit', '1', bothOf(1, 2))])
  source.readCommit = (_, key) =>
    key === '1' ? Promise.reject(new Error('disk')) : Promise.resolve(source.commits.get('fit/0'))
  const reader = new RunReader(source, foreach)
  const seen: string[] = []
  await expect(
    (async () => {
      for await (const record of reader.tasks('fit')) seen.push(record.task)
    })(),
  ).rejects.toThrow('disk')
  expect(seen).toEqual(['0'])
})

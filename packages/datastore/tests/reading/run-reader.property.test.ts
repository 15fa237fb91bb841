import { structureOf, type AttemptRecord, type TaskRecord } from '@flowctl/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryGraph } from '../../../core/tests/graph/generated-graphs.ts'
import { RunReader } from '../../src/reading/run-reader.ts'
import { ListedSource } from './listed-source.ts'
import { modelRun, randomOf, type ModelRun, type ModelTask } from './model-run.ts'

const scenario = fc.record({
  graph: arbitraryGraph({ pools: [undefined, undefined, 'gpu'] }),
  seed: fc.integer(),
  eventful: fc.boolean(),
})

function play({ graph, seed, eventful }: typeof scenario extends fc.Arbitrary<infer T> ? T : never): {
  run: ModelRun
  random: () => number
} {
  const random = randomOf(seed)
  // Nested foreaches multiply: three levels of up to 5 are enough to tell 10 from 2.
  const count = (step: string): number => Math.floor(random() * (structureOf(graph).foreachDepth[step] === 0 ? 13 : 4))
  return { run: modelRun(graph, { random, count, eventful }), random }
}

const collect = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const one of stream) found.push(one)
  return found
}
const nameOf = (record: AttemptRecord): string => `${record.step}/${record.task}`
const inOrder = (a: ModelTask, b: ModelTask): number => {
  for (const [level, index] of a.path.entries()) if (index !== b.path[level]) return index - (b.path[level] as number)
  return a.turn - b.turn
}

test('every task is found alone, in order, with its attempts, whatever slices it was committed in', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (drawn) => {
      const { run } = play(drawn)
      const reader = new RunReader(new ListedSource(run.commits), drawn.graph)
      for (const step of Object.keys(drawn.graph.steps)) {
        const expected = [...run.tasks.values()].filter((task) => task.record.step === step).sort(inOrder)
        expect(await collect(reader.tasks(step))).toEqual(expected.map((task) => task.record))
        for (const { record, earlier } of expected) {
          expect(await reader.task(step, record.task)).toEqual(record)
          expect(await reader.attempts(step, record.task)).toEqual([...earlier, record])
        }
        expect((await reader.counts())[step]).toEqual({ succeeded: expected.length, caught: 0, failed: 0, adopted: 0 })
      }
    }),
    { numRuns: 60 },
  )
})

test('parents and children are the tasks before and after, in order', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (drawn) => {
      const { run } = play(drawn)
      const reader = new RunReader(new ListedSource(run.commits), drawn.graph, { settled: true })
      for (const { record, parents, children } of run.tasks.values()) {
        expect((await collect(reader.parentsOf(record.step, record.task))).map(nameOf)).toEqual(parents)
        expect((await collect(reader.childrenOf(record.step, record.task))).map(nameOf)).toEqual(children)
      }
    }),
    { numRuns: 60 },
  )
})

test('adopted tasks stand in for those that no commit holds', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (drawn) => {
      const { run, random } = play(drawn)
      const adopted: TaskRecord[] = []
      const commits = run.commits.map((commit) => {
        const taken = commit.tasks.filter(() => random() < 0.4)
        adopted.push(...taken)
        return { ...commit, tasks: commit.tasks.filter((record) => !taken.includes(record)) }
      })
      const reader = new RunReader(new ListedSource(commits, adopted), drawn.graph)
      for (const step of Object.keys(drawn.graph.steps)) {
        const expected = [...run.tasks.values()].filter((task) => task.record.step === step).sort(inOrder)
        expect(await collect(reader.tasks(step))).toEqual(expected.map((task) => task.record))
        for (const { record } of expected) expect(await reader.task(step, record.task)).toEqual(record)
        expect((await reader.counts())[step]).toEqual({
          succeeded: expected.length,
          caught: 0,
          failed: 0,
          adopted: adopted.filter((record) => record.step === step).length,
        })
      }
    }),
    { numRuns: 40 },
  )
})

test('of any part of the commits, what they hold is found and the rest is pending', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (drawn) => {
      const { run, random } = play(drawn)
      const gone = new Set<string>()
      // A continuation is committed only after the commit that names it.
      const commits = run.commits.filter(({ head, key }) => {
        const orphan = [...gone].some((name) => `${head}/${key}`.startsWith(`${name}_`))
        if (!orphan && random() < 0.7) return true
        gone.add(`${head}/${key}`)
        return false
      })
      const held = new Set(commits.flatMap((commit) => commit.tasks.map(nameOf)))
      const reader = new RunReader(new ListedSource(commits), drawn.graph)
      for (const [name, { record }] of run.tasks) {
        expect(await reader.task(record.step, record.task)).toEqual(held.has(name) ? record : undefined)
      }
      for (const step of Object.keys(drawn.graph.steps)) {
        const found = await collect(reader.tasks(step))
        expect(found.map(nameOf).sort()).toEqual([...held].filter((name) => name.startsWith(`${step}/`)).sort())
      }
    }),
    { numRuns: 60 },
  )
})

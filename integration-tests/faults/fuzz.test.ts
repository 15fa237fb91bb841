import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { structureOf, type FlowGraph, type ObjectStore, type RunRecord } from '@flowctl/core'
import { ArtifactStore, fileStore, RunReader, RunStore } from '@flowctl/datastore'
import { openFlow } from '@flowctl/runs'
import { arbitraryGraph } from '../../packages/core/tests/graph/generated-graphs.ts'
import { missingRedis } from '@flowctl/test-support/servers/redis'
import { API, TASK_PROCESS } from '../tests/conformance/queue-bench.ts'
import { sourceOfFlow } from './generated-flow.ts'
import { chances, FaultBench } from './harness.ts'

const ROUNDS = Number(process.env['FLOWCTL_FAULT_ROUNDS'] ?? 4)
/** Every task is a handful of files: more of them take too long. */
const MOST_STEPS = 14

/** What every task left. */
async function valuesOf(store: ObjectStore, record: RunRecord): Promise<Record<string, unknown>> {
  const runStore = new RunStore(store, record.flow, record.run)
  const reader = new RunReader(runStore, record.graph)
  const artifacts = new ArtifactStore(store, record.flow)
  const values: Record<string, unknown> = {}
  for (const step of structureOf(record.graph).order) {
    for await (const task of reader.tasks(step)) {
      const ref = task.artifacts['value']
      if (ref === undefined) throw new Error(`${step}/${task.task} left nothing`)
      values[`${step}/${task.task}`] = await artifacts.load(ref)
    }
  }
  return values
}

async function reference(file: string, folder: string): Promise<Record<string, unknown>> {
  const store = fileStore(join(folder, 'reference-store'))
  const opened = await openFlow(file, {
    store,
    cacheDir: join(folder, 'cache'),
    api: API,
    taskProcess: TASK_PROCESS,
    env: process.env,
    maxWorkers: 2,
  })
  try {
    const parameters = { file: { text: join(folder, 'reference'), source: '--file' } }
    const run = await opened.run({ parameters, user: 'tester' })
    const { status, failure } = await run.ended
    expect(status, `in memory: ${JSON.stringify(failure)}`).toBe('succeeded')
    return await valuesOf(store, run.record)
  } finally {
    await opened.close()
  }
}

describe.skipIf(missingRedis() !== undefined)('faults of any graph', () => {
  it('39: it leaves the same as in memory, though workers are killed and Redis is emptied', async () => {
    const chance = chances('39')
    const shape = { numRuns: ROUNDS, seed: chance(2 ** 31) }
    const isRight = (graph: FlowGraph): boolean => {
      const size = Object.keys(graph.steps).length
      return size > 4 && size <= MOST_STEPS
    }
    for (const graph of fc.sample(arbitraryGraph({ maxDepth: 2 }).filter(isRight), shape)) {
      const bench = await FaultBench.open()
      const file = join(bench.queue.folder, 'flow', 'generated.ts')
      mkdirSync(join(bench.queue.folder, 'flow'))
      writeFileSync(file, sourceOfFlow(graph))
      const expected = await reference(file, bench.queue.folder)
      const tasks = Object.keys(expected).length
      await bench.queue.coordinator()
      const victim = await bench.queue.spawn('worker', 2)
      const { redis } = await bench.queue.connect()
      const record = await bench.submitFile(file)
      await bench.reaches(1 + chance(Math.ceil(tasks / 2)))
      victim.kill('SIGKILL')
      await bench.queue.worker(2)
      await bench.reaches(Math.min(tasks, bench.executions().length + chance(Math.ceil(tasks / 2))))
      await redis.flushall()
      expect(await bench.ended(record)).toMatchObject({ status: 'succeeded' })
      await bench.judge(record)
      expect(await valuesOf(bench.queue.store, record)).toEqual(expected)
      console.log(
        `39: ${Object.keys(graph.steps).length} steps, ${tasks} tasks, ${bench.executions().length} executions`,
      )
    }
  })
})

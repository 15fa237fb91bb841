import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { flowError, layout, type ObjectStore, type RunRecord, type TaskRecord } from '@flowctl/core'
import { memoryStore, RunStore } from '@flowctl/datastore'
import { startRedis, type RedisServer } from '@flowctl/test-support/servers/redis'
import { until } from '@flowctl/test-support/until'
import { END, graphOf, linear } from '../../../engine/tests/graphs.ts'
import { connect } from '../../src/connection/connect.ts'
import { canBeTriedAgain } from '../../src/coordinator/planning-failure.ts'
import { startCoordinator } from '../../src/coordinator/start-coordinator.ts'
import { submitRun } from '../../src/submit/submit-run.ts'

const withCode = (error: Error, code: string): Error => Object.assign(error, { code })

describe('what is thrown while a run is planned', () => {
  it.each([
    ['a stack that is full', new RangeError('Maximum call stack size exceeded'), false],
    ['a mistake of code', new TypeError('x is not a function'), false],
    ['a record that cannot be read', flowError('RECORD_CORRUPT', { what: 'commits/a/0', problem: 'no JSON' }), false],
    ['a record of a newer flowctl', flowError('RECORD_NEWER', { what: 'commits/a/0', format: 9, newest: 1 }), false],
    ['a datastore in trouble', flowError('DATASTORE_IO', { path: '/data', problem: 'EIO' }), true],
    ['a server that refuses', withCode(new Error('connect ECONNREFUSED'), 'ECONNREFUSED'), true],
    ['a client whose error of the system is of another class', withCode(new TypeError('terminated'), 'UND_ERR'), true],
    ['an answer of Redis', new Error('LOADING Redis is loading the dataset in memory'), true],
    ['nothing that is known', undefined, true],
  ])('%s', (_, error, again) => {
    expect(canBeTriedAgain(error)).toBe(again)
  })
})

describe('a run', () => {
  const graph = graphOf({ start: { next: linear('end') }, end: { next: END } })
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  /** Submits a run with its start step done, and has it admitted. */
  async function admitted(objects: ObjectStore, prepare: (store: RunStore) => Promise<void>): Promise<RunStore> {
    const run = `r${Math.random()}`
    const connection = await connect({ url: redis.url, namespace: run })
    onTestFinished(() => connection.close())
    const store = new RunStore(objects, 'F', run)
    const record = { format: 1, flow: 'F', run, graph, createdAt: 1, options: {}, host: { name: 'h', pid: 1 } }
    await submitRun(connection, { objects, record: record as unknown as RunRecord })
    await prepare(store)
    const coordinator = await startCoordinator({ connection, objects })
    onTestFinished(() => coordinator.close())
    return store
  }

  async function endOf(store: RunStore): Promise<Awaited<ReturnType<RunStore['readEnd']>>> {
    await until(async () => (await store.readEnd()) !== undefined, 'the end of the run')
    return store.readEnd()
  }

  it('whose records cannot be read fails with that, and is not tried again for ever', async () => {
    const objects = memoryStore()
    const store = await admitted(objects, async ({ flow, run }) => {
      await objects.put(layout.commitKey(flow, run, 'start', '0'), new TextEncoder().encode('no commit'))
    })
    expect(await endOf(store)).toMatchObject({
      status: 'failed',
      failure: { step: 'start', error: { code: 'RECORD_CORRUPT' } },
    })
    expect(await store.readStop()).toMatchObject({ reason: 'failed', failure: { error: { code: 'RECORD_CORRUPT' } } })
  })

  it('is tried again while its datastore cannot be reached', async () => {
    const objects = memoryStore()
    let refusals = 3
    const shaky: ObjectStore = new Proxy(objects, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        if (name !== 'list') return value.bind(target)
        return (...given: unknown[]): unknown => {
          refusals -= 1
          if (refusals >= 0) throw withCode(new Error('connect ECONNREFUSED'), 'ECONNREFUSED')
          return Reflect.apply(value, target, given)
        }
      },
    })
    const done = { attempt: 0, startedAt: 0, endedAt: 0, pid: 1, artifacts: {}, outcome: 'succeeded' } as const
    const tasks: TaskRecord[] = [
      { ...done, step: 'start', task: '0', taken: { kind: 'linear', to: 'end' } },
      { ...done, step: 'end', task: '0', taken: { kind: 'end' } },
    ]
    const store = await admitted(shaky, async (runStore) => {
      for (const task of tasks) {
        const commit = { format: 1, head: task.step, key: '0', execution: 'x', host: 'h', tasks: [task] } as const
        await runStore.putCommit({ ...commit, attempts: [], continuations: [] })
      }
    })
    expect((await endOf(store))?.status).toBe('succeeded')
    expect(refusals).toBeLessThan(0)
    expect(await store.readStop()).toBeUndefined()
  })
})

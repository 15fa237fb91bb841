import { layout, type Commit, type ObjectStore, type RunRecord, type TaskRecord } from '@flowctl/core'
import {
  encodeLogLines,
  fileStore,
  latestRunId,
  latestSuccessfulRunId,
  listFlows,
  listRuns,
  memoryStore,
  RunStore,
} from '@flowctl/datastore'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'

function runRecord(flow: string, run: string, createdAt: number): RunRecord {
  return {
    format: 1,
    flow,
    run,
    createdAt,
    user: 'ada',
    systemTags: ['user:ada'],
    graph: { flow, doc: '', steps: [] } as unknown as RunRecord['graph'],
    parameters: {},
    code: { hash: 'c'.repeat(64), file: 'flow.ts' },
    engine: 'memory',
    options: { maxWorkers: 2, maxNumSplits: 100, maxLogBytes: 1000, isolate: false, with: [] },
    host: { name: 'here', pid: 1 },
  }
}

const task: TaskRecord = {
  step: 'start',
  task: '0',
  attempt: 0,
  startedAt: 1,
  endedAt: 2,
  pid: 3,
  outcome: 'succeeded',
  artifacts: { x: { hash: 'a'.repeat(64), size: 12, type: 'number', preview: '1', inline: 'AA==' } },
  taken: { kind: 'end' },
}

const commitOf = (key: string, execution = 'e1'): Commit => ({
  format: 1,
  head: 'start',
  key,
  execution,
  host: 'here',
  tasks: [task],
  attempts: [],
  continuations: [],
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const STORES: readonly [string, () => ObjectStore][] = [
  ['memory', memoryStore],
  ['files', () => fileStore(temporaryFolder())],
]

describe.each(STORES)('a run in a store of %s', (_, makeStore) => {
  const open = (store = makeStore(), run = '1') => new RunStore(store, 'F', run)

  test('that does not exist has nothing', async () => {
    const run = open()
    expect(await run.read()).toBeUndefined()
    expect(await run.readCommit('start', '0')).toBeUndefined()
    expect(await run.readStop()).toBeUndefined()
    expect(await run.readEnd()).toBeUndefined()
    expect(await run.readAdopted()).toBeUndefined()
    expect(await run.readSlicePlan('start', '0', 1)).toBeUndefined()
    expect(await run.readHeartbeat()).toBeUndefined()
    expect(await run.readTags()).toEqual([])
    expect(await all(run.listCommits('start'))).toEqual([])
  })

  test('is created once, with its tags, and then is in the index', async () => {
    const store = makeStore()
    const record = runRecord('F', '1', 1000)
    await open(store).create(record, ['a', 'b'])
    expect(await open(store).read()).toEqual(record)
    expect(await open(store).readTags()).toEqual(['a', 'b'])
    expect(await latestRunId(store, 'F')).toBe('1')
    await expect(open(store).create(runRecord('F', '1', 2000), [])).rejects.toMatchObject({ code: 'RUN_ID_TAKEN' })
    expect(await open(store).read()).toEqual(record)
  })

  test('without tags has no object for them', async () => {
    const store = makeStore()
    await open(store).create(runRecord('F', '1', 1000))
    expect((await store.list('F/runs/')).keys).toEqual(['F/runs/1/run.json'])
  })

  test('of a newer flowctl says so', async () => {
    const store = makeStore()
    await store.put(layout.runKey('F', '1'), new TextEncoder().encode('{"format":3}'))
    await expect(open(store).read()).rejects.toMatchObject({ code: 'RECORD_NEWER' })
  })

  test('one commit of a slice counts', async () => {
    const run = open()
    const results = await Promise.all(['e1', 'e2', 'e3'].map((execution) => run.putCommit(commitOf('0', execution))))
    expect(results.toSorted()).toEqual(['lost', 'lost', 'written'])
    const winner = ['e1', 'e2', 'e3'][results.indexOf('written')] as string
    expect(await run.readCommit('start', '0')).toEqual(commitOf('0', winner))
  })

  test('lists the commits of a step', async () => {
    const run = open()
    for (const key of ['0', '5-67', '5-67_0', '10']) await run.putCommit(commitOf(key))
    await run.putCommit({ ...commitOf('0'), head: 'start2' })
    expect(await all(run.listCommits('start'))).toEqual(['0', '10', '5-67', '5-67_0'])
    expect((await all(run.listAllCommits())).map(({ head, key }) => `${head}/${key}`).toSorted()).toEqual(
      ['start/0', 'start/10', 'start/5-67', 'start/5-67_0', 'start2/0'].toSorted(),
    )
  })

  test('reads the outline of a commit, however long it is', async () => {
    const run = open()
    const continuations = Array.from({ length: 200 }, (_, n) => {
      return { key: `0_${n}`, step: 'start', from: n, to: n + 1, attempt: 1, reason: 'retry' } as const
    })
    for (const commit of [commitOf('0'), { ...commitOf('1'), continuations }]) {
      await run.putCommit(commit)
      const { head, key, tasks } = commit
      const counts = tasks.length === 0 ? {} : { start: { succeeded: tasks.length, caught: 0, failed: 0 } }
      expect(await run.readOutline(head, key)).toEqual({ head, key, continuations: commit.continuations, counts })
    }
    expect(await run.readOutline('start', '7')).toBeUndefined()
  })

  test('stops and ends once', async () => {
    const store = makeStore()
    const run = open(store)
    expect(await run.putStop({ reason: 'cancelled', at: 5, by: 'ada' })).toBe('written')
    expect(await run.putStop({ reason: 'failed', at: 6 })).toBe('lost')
    expect(await run.readStop()).toEqual({ reason: 'cancelled', at: 5, by: 'ada' })
    expect(await run.putEnd({ status: 'cancelled', at: 7, steps: {} }, 1000)).toBe('written')
    expect(await run.putEnd({ status: 'succeeded', at: 8, steps: {} }, 1000)).toBe('lost')
    expect(await run.readEnd()).toEqual({ status: 'cancelled', at: 7, steps: {} })
    expect(await latestSuccessfulRunId(store, 'F')).toBeUndefined()
  })

  test('that succeeded gets into the index of successes, even if the one who ended it died before', async () => {
    const store = makeStore()
    const end = { status: 'succeeded', at: 8, steps: {} } as const
    await store.put(layout.endKey('F', '1'), new TextEncoder().encode(JSON.stringify(end)))
    expect(await open(store).putEnd(end, 1000)).toBe('lost')
    expect(await latestSuccessfulRunId(store, 'F')).toBe('1')
    await open(store, '2').putEnd(end, 2000)
    expect(await latestSuccessfulRunId(store, 'F')).toBe('2')
  })

  test('keeps adopted tasks and plans of slices, written once', async () => {
    const run = open()
    expect(await run.putAdopted([task, { ...task, task: '1' }])).toBe('written')
    expect(await run.putAdopted([])).toBe('lost')
    expect(await run.readAdopted()).toEqual([task, { ...task, task: '1' }])
    expect(await run.putSlicePlan('start', '0', 1, { from: 0, to: 10, size: 5 })).toBe('written')
    expect(await run.putSlicePlan('start', '0', 1, { from: 0, to: 10, size: 2 })).toBe('lost')
    expect(await run.readSlicePlan('start', '0', 1)).toEqual({ from: 0, to: 10, size: 5 })
    expect(await run.readSlicePlan('start', '0', 2)).toBeUndefined()
  })

  test('changes of tags by many at once all count', async () => {
    const store = makeStore()
    await Promise.all(Array.from({ length: 12 }, (_x, i) => open(store).updateTags((tags) => [...tags, `t${i}`])))
    expect((await open(store).readTags()).toSorted()).toEqual(Array.from({ length: 12 }, (_x, i) => `t${i}`).toSorted())
    expect(await open(store).updateTags(() => ['only'])).toEqual(['only'])
    expect(await open(store).readTags()).toEqual(['only'])
  })

  test('an error in a change of tags comes through, and changes nothing', async () => {
    const run = open()
    await run.updateTags(() => ['a'])
    const change = (): never => {
      throw new Error('no')
    }
    await expect(run.updateTags(change)).rejects.toThrow('no')
    expect(await run.readTags()).toEqual(['a'])
  })

  test('beats', async () => {
    const run = open()
    await run.beat(5)
    await run.beat(7)
    expect(await run.readHeartbeat()).toEqual({ at: 7 })
  })

  test('keeps logs, and gives the lines of one attempt', async () => {
    const run = open()
    const first = [
      { at: 1, stream: 'stdout', text: 'höllo' },
      { at: 2, stream: 'stderr', text: 'oops' },
    ] as const
    const second = [{ at: 3, stream: 'stdout', text: '' }] as const
    const chunks = [encodeLogLines(first), encodeLogLines(second)] as const
    const object = layout.logKey('F', '1', 'start', '0', 'e1')
    await run.putLog(object, chunks)
    const middle = chunks[0].length
    const ref = { object, stdoutLines: 1, stderrLines: 1 }
    expect(await run.readLog({ ...ref, from: 0, to: middle })).toEqual(first)
    expect(await run.readLog({ ...ref, from: middle, to: middle + chunks[1].length })).toEqual(second)
    expect(await run.readLog({ ...ref, from: middle, to: middle })).toEqual([])
    expect(await run.readLog({ ...ref, object: `${object}x`, from: 0, to: 9 })).toEqual([])
  })
})

describe.each(STORES)('the runs of a store of %s', (_, makeStore) => {
  test('are listed newest first, page by page, without being read', async () => {
    const inner = makeStore()
    const created = Array.from({ length: 25 }, (_x, i) => ({
      run: `run-${i}`,
      at: 1_700_000_000_000 + ((i * 7) % 25) * 1000,
    }))
    for (const { run, at } of created) await new RunStore(inner, 'F', run).create(runRecord('F', run, at))
    const newestFirst = created.toSorted((a, b) => b.at - a.at).map(({ run }) => run)
    let listings = 0
    const store = new Proxy(inner, {
      get: (target, key) => {
        if (key === 'list') return (...args: Parameters<ObjectStore['list']>) => ((listings += 1), target.list(...args))
        throw new Error(`${String(key)} was used`)
      },
    })
    const first = await listRuns(store, 'F', { limit: 10 })
    expect(first.runs).toEqual(newestFirst.slice(0, 10))
    const second = await listRuns(store, 'F', { limit: 10, cursor: first.cursor as string })
    expect(second.runs).toEqual(newestFirst.slice(10, 20))
    const third = await listRuns(store, 'F', { limit: 10, cursor: second.cursor as string })
    expect(third).toEqual({ runs: newestFirst.slice(20) })
    expect(await latestRunId(store, 'F')).toBe(newestFirst[0])
    expect(listings).toBe(4)
  })

  test('of flows: those that have runs', async () => {
    const store = makeStore()
    expect(await listFlows(store)).toEqual([])
    expect(await latestRunId(store, 'F')).toBeUndefined()
    for (const flow of ['Zeta', 'Alpha', 'Alpha2']) await new RunStore(store, flow, '1').create(runRecord(flow, '1', 5))
    await store.put('cache/bundles/x', new Uint8Array(1))
    await store.put('Empty/data/aa/x', new Uint8Array(1))
    expect(await listFlows(store)).toEqual(['Alpha', 'Alpha2', 'Zeta'])
    expect((await listRuns(store, 'Alpha')).runs).toEqual(['1'])
  })
})

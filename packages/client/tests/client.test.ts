import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { continuationKey, type ObjectStore, type TaskError } from '@flowctl/core'
import { ArtifactStore, encodeValue, fileStore, memoryStore } from '@flowctl/datastore'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitOf } from '../../datastore/tests/reading/model-run.ts'
import { graphOf } from '../../datastore/tests/reading/small-graphs.ts'
import { Client, type ClientOptions, type Run } from '../src/index.ts'
import { DAY, RunWriter } from './runs.ts'

const train = graphOf(
  { start: ['knn', 'svm'], knn: 'joinBoth', svm: 'joinBoth', joinBoth: 'end', end: null },
  'TrainFlow',
)
const wide = graphOf(
  { start: { foreach: 'fit' }, fit: 'score', score: 'joinAll', joinAll: 'end', end: null },
  'WideFlow',
)
const loop = graphOf({ start: 'again', again: { switch: ['again', 'end'] }, end: null }, 'LoopFlow')

const boom: TaskError = { kind: 'exception', name: 'TypeError', message: 'no rows', stack: 'at knn (flow.ts:3:9)' }
const line = (
  stream: 'stdout' | 'stderr',
  text: string,
  ms = 0,
): { at: number; stream: 'stdout' | 'stderr'; text: string } => ({
  at: DAY + ms,
  stream,
  text,
})

async function fill(store: ObjectStore): Promise<void> {
  const first = await new RunWriter(store, train, { run: '1' }).create(['nightly'])
  await first.task('start', '0', { values: { rows: [1, 2] } })
  const lines = [line('stdout', 'training', 1), line('stderr', 'no rows!', 2)]
  await first.task('knn', '0', { outcome: 'failed', error: boom, lines })
  const svm = await first.task('svm', '0', { values: { score: 0.5, rows: [1, 2] }, lines: [line('stdout', 'svm')] })
  const failure = { step: 'knn', task: '0', attempt: 0, error: boom }
  await first.records.putStop({ reason: 'failed', at: DAY + 5000, failure })
  await first.end('failed', { failure })

  const resumed = await new RunWriter(store, train, {
    run: '2',
    createdAt: DAY + 100_000,
    origin: { run: '1' },
    user: 'bob',
    systemTags: ['user:bob', 'origin_run_id:1'],
  }).create(['nightly', 'good'], [await first.told('start', '0', { values: { rows: [1, 2] } }), svm])
  await resumed.task('knn', '0', { values: { score: 0.9 } })
  await resumed.task('joinBoth', '0', { values: { best: 'knn' }, dropped: { rows: 'joinBoth' } })
  await resumed.task('end', '0', {
    values: { best: 'knn', table: new Float64Array(1000) },
    dropped: { rows: 'joinBoth' },
  })
  await resumed.end('succeeded')

  const going = await new RunWriter(store, train, { run: '3', createdAt: DAY + 200_000 }).create(['good'])
  await going.task('start', '0')
  await going.records.beat(DAY + 210_000)

  const rate = await new ArtifactStore(store, wide.flow).save(encodeValue(0.25, 'rate'))
  const spread = await new RunWriter(store, wide, { run: '1', parameters: { rate } }).create()
  await spread.task('start', '0', { taken: { kind: 'foreach', to: 'fit', count: 12, segments: [] } })
  const body = async (index: number): Promise<Awaited<ReturnType<RunWriter['told']>>[]> => [
    await spread.told('fit', `${index}`, { values: { square: index ** 2 } }),
    await spread.told('score', `${index}`, { values: { square: index ** 2 }, attempt: index === 3 ? 1 : 0 }),
  ]
  const bodies = async (from: number, to: number): Promise<Awaited<ReturnType<typeof body>>> =>
    (await Promise.all(Array.from({ length: to - from }, (_, i) => body(from + i)))).flat()
  const tried = await spread.told('score', '3', { lines: [line('stderr', 'flaky')] })
  const { outcome: _, artifacts: __, taken: ___, ...attempt } = { ...tried, error: boom }
  const key = '0-9'
  await spread.commit(
    commitOf('fit', key, [...(await bodies(0, 3)), (await body(3))[0]!], {
      attempts: [attempt],
      continuations: [
        { key: continuationKey(key, 0), step: 'score', from: 3, to: 4, attempt: 1, reason: 'retry' },
        { key: continuationKey(key, 1), step: 'fit', from: 4, to: 10, attempt: 0, reason: 'time' },
      ],
    }),
  )
  await spread.commit(commitOf('fit', continuationKey(key, 0), [(await body(3))[1]!]))
  await spread.commit(commitOf('fit', continuationKey(key, 1), await bodies(4, 10)))
  await spread.commit(commitOf('fit', '10-11', await bodies(10, 12)))
  await spread.task('joinAll', '0')
  await spread.task('end', '0')
  await spread.end('succeeded')

  const looping = await new RunWriter(store, loop, { run: '1' }).create()
  await looping.task('start', '0')
  for (const [turn, id] of ['0', '0~1', '0~2'].entries()) {
    const to = turn === 2 ? 'end' : 'again'
    await looping.task('again', id, { values: { turn }, taken: { kind: 'switch', to, value: to } })
  }
  const pending = { key: '0_0', step: 'end', from: 0, to: 1, attempt: 1, reason: 'retry' as const }
  const {
    outcome: _o,
    artifacts: _a,
    taken: _t,
    ...failed
  } = await looping.told('end', '0', { lines: [line('stdout', 'try')] })
  await looping.commit(commitOf('end', '0', [], { attempts: [{ ...failed, error: boom }], continuations: [pending] }))
}

const collect = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const one of stream) found.push(one)
  return found
}
const specs = async (stream: AsyncIterable<{ pathspec: string }>): Promise<string[]> =>
  (await collect(stream)).map((one) => one.pathspec)
const failureOf = async (promise: Promise<unknown>): Promise<{ code: string; message: string; fix: string }> =>
  await promise.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error as { code: string; message: string; fix: string },
  )

const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})
const stores: readonly [string, () => Promise<ObjectStore>][] = [
  ['memory', () => Promise.resolve(memoryStore())],
  [
    'files',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'flowctl-client-'))
      folders.push(folder)
      return fileStore(folder)
    },
  ],
]

describe.each(stores)('a client of runs in %s', (_, makeStore) => {
  let store: ObjectStore
  let client: Client
  const open = (options: ClientOptions = {}): Client =>
    new Client({
      datastore: store,
      namespace: null,
      now: () => DAY + 215_000,
      host: 'here',
      isAlive: () => true,
      ...options,
    })

  beforeAll(async () => {
    store = await makeStore()
    await fill(store)
    client = open()
  })

  describe('flows', () => {
    test('are listed by name', async () => {
      expect(await client.flows()).toEqual(['LoopFlow', 'TrainFlow', 'WideFlow'])
    })

    test('give their runs, newest first', async () => {
      expect(await specs(await client.flow('TrainFlow'))).toEqual(['TrainFlow/3', 'TrainFlow/2', 'TrainFlow/1'])
      const flow = await client.flow('TrainFlow')
      expect((await flow.latestRun())?.id).toBe('3')
      expect((await flow.latestSuccessfulRun())?.id).toBe('2')
      expect((await flow.run('1')).parent).toBe(flow)
    })

    test('give the runs that have all of the tags, or a status, up to a limit', async () => {
      const flow = await client.flow('TrainFlow')
      expect(await specs(flow.runs({ tags: ['good'] }))).toEqual(['TrainFlow/3', 'TrainFlow/2'])
      expect(await specs(flow.runs({ tags: ['good', 'nightly'] }))).toEqual(['TrainFlow/2'])
      expect(await specs(flow.runs({ tags: ['user:bob'] }))).toEqual(['TrainFlow/2'])
      expect(await specs(flow.runs({ status: 'failed' }))).toEqual(['TrainFlow/1'])
      expect(await specs(flow.runs({ limit: 2 }))).toEqual(['TrainFlow/3', 'TrainFlow/2'])
      expect(await specs(flow.runs({ limit: 0 }))).toEqual([])
    })

    test('that nobody ran are not there', async () => {
      expect(await failureOf(client.flow('TrianFlow'))).toMatchObject({
        code: 'FLOW_UNKNOWN',
        message: expect.stringContaining('LoopFlow, TrainFlow, WideFlow'),
        fix: expect.stringContaining('Did you mean TrainFlow?'),
      })
      expect(await failureOf(client.flow('not a name'))).toMatchObject({ code: 'FLOW_UNKNOWN' })
      expect(await failureOf(client.flow('TrainFlow/1'))).toMatchObject({ code: 'PATHSPEC_INVALID' })
    })
  })

  describe('a run', () => {
    test('that failed is finished and says what failed first', async () => {
      const run = await client.run('TrainFlow/1')
      expect(run).toMatchObject({
        status: 'failed',
        finished: true,
        successful: false,
        user: 'ada',
        originRun: undefined,
      })
      expect(run.createdAt).toEqual(new Date(DAY))
      expect(run.finishedAt).toEqual(new Date(DAY + 60_000))
      expect(run.error).toEqual({ step: 'knn', task: '0', attempt: 0, error: boom, pathspec: 'TrainFlow/1/knn/0' })
      expect(await run.endTask()).toBeUndefined()
      expect(await run.data()).toEqual({})
      expect(await failureOf(run.get('best'))).toMatchObject({
        code: 'TASK_UNKNOWN',
        message: 'TrainFlow/1/end has no task.',
      })
    })

    test('that succeeded gives its results', async () => {
      const run = await client.run('TrainFlow/2')
      expect(run).toMatchObject({ status: 'succeeded', finished: true, successful: true, error: undefined })
      expect(await run.get('best')).toBe('knn')
      expect(await run.data()).toEqual({ best: 'knn', table: new Float64Array(1000) })
      expect((await run.endTask())?.pathspec).toBe('TrainFlow/2/end/0')
      expect((await run.counts())['start']).toEqual({ succeeded: 1, caught: 0, failed: 0, adopted: 1 })
    })

    test('that goes on runs while its heart beats', async () => {
      expect(await client.run('TrainFlow/3')).toMatchObject({
        status: 'running',
        finished: false,
        finishedAt: undefined,
      })
      const gone = open({ isAlive: (pid) => pid !== 1 })
      expect(await gone.run('TrainFlow/3')).toMatchObject({ status: 'interrupted', finished: true, successful: false })
      const elsewhere = open({ host: 'there', now: () => DAY + 300_000 })
      expect((await elsewhere.run('TrainFlow/3')).status).toBe('interrupted')
      const alive = open({ now: () => DAY + 300_000 })
      expect((await alive.run('TrainFlow/3')).status).toBe('running')
    })

    test('has the steps of its graph, in topological order', async () => {
      const run = await client.run('TrainFlow/2')
      expect(await specs(run)).toEqual(['start', 'knn', 'svm', 'joinBoth', 'end'].map((step) => `TrainFlow/2/${step}`))
      const join = await run.step('joinBoth')
      expect((await join.parents()).map((step) => step.id)).toEqual(['knn', 'svm'])
      expect((await join.children()).map((step) => step.id)).toEqual(['end'])
      expect(await failureOf(run.step('joinboth'))).toMatchObject({
        code: 'STEP_UNKNOWN',
        fix: expect.stringContaining('Did you mean joinBoth?'),
      })
      expect(await failureOf(run.step('constructor'))).toMatchObject({ code: 'STEP_UNKNOWN' })
    })

    test('that was resumed knows its origin, and which tasks came from there', async () => {
      const run = await client.run('TrainFlow/2')
      expect(run.originRun).toBe('TrainFlow/1')
      expect((await run.origin())?.pathspec).toBe('TrainFlow/1')
      const svm = await run.task('svm')
      expect(await svm.adopted()).toBe(true)
      expect((await svm.origin())?.pathspec).toBe('TrainFlow/1/svm/0')
      expect(await svm.get('score')).toBe(0.5)
      expect(await svm.stdout()).toBe('svm\n')
      const knn = await run.task('knn')
      expect([await knn.adopted(), await knn.origin()]).toEqual([false, undefined])
      expect(await specs((await run.task('joinBoth')).parents())).toEqual(['TrainFlow/2/knn/0', 'TrainFlow/2/svm/0'])
    })

    test('that does not exist', async () => {
      expect(await failureOf(client.run('TrainFlow/9'))).toMatchObject({
        code: 'RUN_UNKNOWN',
        message: "Flow TrainFlow has no run '9'. Its newest runs: 3, 2, 1.",
      })
      expect(await failureOf(client.run('TrainFlow/..'))).toMatchObject({ code: 'RUN_UNKNOWN' })
      expect(await failureOf(client.run('9'))).toMatchObject({ code: 'PATHSPEC_INVALID' })
    })
  })

  describe('tasks of a foreach', () => {
    test('come in order of their index, from slices and continuations', async () => {
      const step = await client.step('WideFlow/1/score')
      const tasks = await collect(step)
      expect(tasks.map((task) => task.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
      expect(await Promise.all(tasks.map((task) => task.get<number>('square')))).toEqual(tasks.map((_, i) => i * i))
      expect(await step.counts()).toEqual({ succeeded: 12, caught: 0, failed: 0, adopted: 0 })
      expect((await step.task()).id).toBe('0')
    })

    test('have parents and children', async () => {
      const run = await client.run('WideFlow/1')
      expect(await specs((await run.task('score', '7')).parents())).toEqual(['WideFlow/1/fit/7'])
      expect(await specs((await run.task('fit', '7')).parents())).toEqual(['WideFlow/1/start/0'])
      expect(await specs((await run.task('start')).children())).toHaveLength(12)
      expect((await specs((await run.task('joinAll')).parents())).at(-1)).toBe('WideFlow/1/score/11')
    })

    test('have their attempts, each with its log', async () => {
      const task = await client.task('WideFlow/1/score/3')
      expect(task.attemptNumber).toBe(1)
      expect(await task.log()).toBe('')
      expect((await task.attempts()).map((attempt) => [attempt.number, attempt.error?.message])).toEqual([
        [0, 'no rows'],
        [1, undefined],
      ])
      expect(await (await task.attempt(0)).stderr()).toBe('flaky\n')
      expect(await failureOf(task.attempt(2))).toMatchObject({
        code: 'ATTEMPT_UNKNOWN',
        message: 'WideFlow/1/score/3 has no attempt 2. Its attempts: 0, 1.',
      })
    })

    test('that do not exist', async () => {
      expect(await failureOf(client.task('WideFlow/1/score/12'))).toMatchObject({
        code: 'TASK_UNKNOWN',
        message: "WideFlow/1/score has no task '12'. The first ones: 0, 1, 2, 3, 4.",
        fix: 'The id of a task of this step is an index, like 3.',
      })
    })
  })

  describe('a task', () => {
    test('that failed has its error and its log', async () => {
      const task = await client.task('TrainFlow/1/knn/0')
      expect(task).toMatchObject({
        outcome: 'failed',
        finished: true,
        successful: false,
        error: boom,
        index: undefined,
      })
      expect(await task.stdout()).toBe('training\n')
      expect(await task.stderr()).toBe('no rows!\n')
      expect(await task.log()).toBe('training\nno rows!\n')
      expect(await task.logLines()).toEqual([
        { at: new Date(DAY + 1), stream: 'stdout', text: 'training' },
        { at: new Date(DAY + 2), stream: 'stderr', text: 'no rows!' },
      ])
    })

    test('decodes its artifacts afresh at each reading', async () => {
      const task = await client.task('TrainFlow/1/start/0')
      const rows = await task.get<number[]>('rows')
      rows.push(3)
      expect(await task.get('rows')).toEqual([1, 2])
      expect([task.has('rows'), task.has('toString')]).toEqual([true, false])
      expect([...task].map((artifact) => artifact.id)).toEqual(['rows'])
    })

    test('without an artifact names those it has, and the join that dropped it', async () => {
      const svm = await client.task('TrainFlow/1/svm/0')
      expect(await failureOf(svm.get('scroe'))).toMatchObject({
        code: 'ARTIFACT_UNKNOWN',
        message: "TrainFlow/1/svm/0 has no artifact 'scroe'. Its artifacts: score, rows.",
        fix: expect.stringContaining('Did you mean score?'),
      })
      expect(await failureOf(client.artifact('TrainFlow/2/end/0/rows'))).toMatchObject({
        code: 'ARTIFACT_UNKNOWN',
        message: expect.stringContaining('the join joinBoth did not carry it down'),
      })
      expect(await failureOf(svm.get('constructor'))).toMatchObject({ code: 'ARTIFACT_UNKNOWN' })
    })

    test('of a loop is the last turn unless another is named', async () => {
      const step = await client.step('LoopFlow/1/again')
      expect((await step.task()).id).toBe('0~2')
      expect(await (await step.task('0~1')).get('turn')).toBe(1)
      expect((await collect(step)).map((task) => task.id)).toEqual(['0', '0~1', '0~2'])
      expect(await specs((await step.task('0~1')).children())).toEqual(['LoopFlow/1/again/0~2'])
      expect(await failureOf(step.task('0~3'))).toMatchObject({
        fix: expect.stringContaining('0, and 0~1, 0~2, ... for the turns of its loop'),
      })
    })

    test('that waits for its next attempt shows the last one', async () => {
      const task = await client.task('LoopFlow/1/end/0')
      expect(task).toMatchObject({ finished: false, successful: false, outcome: undefined, finishedAt: undefined })
      expect(task.error).toEqual(boom)
      expect(await task.stdout()).toBe('try\n')
      expect(await task.attempts()).toHaveLength(1)
      expect(Object.keys(task.artifacts)).toEqual([])
    })

    test('has the parameters of its run, as its steps do', async () => {
      const task = await client.task(`${wide.flow}/1/fit/3`)
      expect(task.has('rate')).toBe(true)
      expect(await task.get('rate')).toBe(0.25)
      expect(Object.keys(task.artifacts)).toEqual(['square'])
      expect(await task.parent.parent.parameters()).toEqual({ rate: 0.25 })
    })

    test('that has not ended yet is not there, and the error says so', async () => {
      const error = await failureOf(client.task('TrainFlow/3/knn/0'))
      expect(error.message).toBe("TrainFlow/3/knn has no task '0' that has ended yet.")
      expect(error.fix).toContain('The run is still going')
    })
  })

  test('an artifact describes itself without being loaded', async () => {
    const table = await client.artifact('TrainFlow/2/end/0/table')
    expect(table).toMatchObject({ id: 'table', pathspec: 'TrainFlow/2/end/0/table', type: 'Float64Array(1000)' })
    expect(table.size).toBeGreaterThan(1)
    expect(table.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(table.ref.inline).toBeUndefined()
    expect(await table.value()).toEqual(new Float64Array(1000))
    expect(table.parent.id).toBe('0')
  })

  describe('a namespace', () => {
    test('hides the runs of others', async () => {
      const ada = open({ namespace: 'user:ada' })
      const flow = await ada.flow('TrainFlow')
      expect(await specs(flow)).toEqual(['TrainFlow/3', 'TrainFlow/1'])
      expect(await flow.latestSuccessfulRun()).toBeUndefined()
      const error = await failureOf(ada.run('TrainFlow/2'))
      expect(error).toMatchObject({
        code: 'NAMESPACE_MISMATCH',
        message: "TrainFlow/2 is not in the namespace 'user:ada', it is in 'user:bob'.",
      })
      expect(error.fix).toContain("setNamespace('user:bob')")
    })

    test('can be any tag, and be changed while a flow is open', async () => {
      const mine = open({ user: 'bob', namespace: 'nightly' })
      const flow = await mine.flow('TrainFlow')
      expect((await flow.latestRun())?.id).toBe('2')
      mine.namespace = 'nope'
      expect(await flow.latestRun()).toBeUndefined()
      mine.namespace = null
      expect((await flow.latestRun())?.id).toBe('3')
    })

    test('is that of the user by default', () => {
      expect(new Client({ datastore: store, user: 'bob' }).namespace).toBe('user:bob')
    })
  })
})

describe('what can change', () => {
  let store: ObjectStore
  let client: Client
  let run: Run
  let writer: RunWriter

  beforeAll(async () => {
    store = memoryStore()
    writer = await new RunWriter(store, train, { run: '1' }).create(['old'])
    client = new Client({ datastore: store, namespace: null, now: () => DAY + 1 })
    run = await client.run('TrainFlow/1')
  })

  test('tags are added, removed and replaced; the time of creation and the system tags stay', async () => {
    await run.addTag('new')
    await run.addTags(['new', 'b', 'c'])
    expect(run.userTags).toEqual(['old', 'new', 'b', 'c'])
    await run.removeTag('old')
    await run.removeTags(['b', 'nope'])
    await run.replaceTags(['c'], new Set(['d']).values())
    expect(run.tags).toEqual(['user:ada', 'runtime:dev', 'new', 'd'])
    const again = await client.run('TrainFlow/1')
    expect(again.userTags).toEqual(['new', 'd'])
    expect(again.createdAt).toEqual(new Date(DAY))
    expect(await failureOf(run.removeTag('user:ada'))).toMatchObject({ code: 'TAG_IMMUTABLE' })
    expect(await failureOf(run.addTag(' '))).toMatchObject({ code: 'TAG_INVALID' })
  })

  test('of changes at the same time none is lost', async () => {
    const others = await Promise.all(Array.from({ length: 8 }, () => client.run('TrainFlow/1')))
    await Promise.all(others.map((other, i) => other.addTag(`n${i}`)))
    await run.refresh()
    expect(run.userTags.filter((tag) => tag.startsWith('n') && tag !== 'new')).toHaveLength(8)
  })

  test('a run is seen to go on and to end when it is looked at again', async () => {
    expect(run.status).toBe('running')
    expect((await run.counts())['start']?.succeeded).toBe(0)
    await writer.task('start', '0')
    expect((await run.counts())['start']?.succeeded).toBe(1)
    expect((await run.task('start')).finished).toBe(true)
    await writer.end('cancelled')
    expect(run.status).toBe('running')
    expect(await run.refresh()).toBe(run)
    expect(run.status).toBe('cancelled')
  })

  test('the code package is read when it is asked for', async () => {
    expect(run.code).toMatchObject({ hash: 'c0de', file: 'flows/small.ts' })
    expect(await failureOf(run.code.bytes())).toMatchObject({ code: 'CODE_MISSING' })
    await store.put('TrainFlow/code/c0de', new Uint8Array([1, 2]))
    expect([...(await run.code.bytes())]).toEqual([1, 2])
  })
})

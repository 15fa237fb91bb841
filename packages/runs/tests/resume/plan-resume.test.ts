import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  structureOf,
  type ArtifactMap,
  type EndRecord,
  type FlowDescription,
  type FlowGraph,
  type ObjectStore,
  type RunRecord,
  type StepNode,
  type TaskRecord,
  type Transition,
} from '@flowctl/core'
import { fileStore, RunStore, type Observer } from '@flowctl/datastore'
import { adoptable, planResume as planResumeSeenBy } from '../../src/resume/plan-resume.ts'
import type { ResumePlan, ResumeRequest } from '../../src/resume/resume-plan.ts'

const HERE = { file: '/flow.ts', line: 1, column: 1 }
const linear = (to: string): Transition => ({ kind: 'linear', to })
const foreach = (to: string): Transition => ({ kind: 'foreach', to, over: 'items' })

/** Steps in order, joins by name. */
function graphOf(transitions: Readonly<Record<string, Transition>>, joins: readonly string[] = []): FlowGraph {
  const steps: Record<string, StepNode> = {}
  for (const [name, transition] of Object.entries(transitions)) {
    steps[name] = { name, doc: '', at: HERE, join: joins.includes(name), transition, decorators: {}, reads: [] }
  }
  return { flow: 'F', doc: '', at: HERE, start: 'start', end: 'end', steps }
}

/** start -> work for each item -> join -> end */
const WIDE = graphOf({ start: foreach('work'), work: linear('join'), join: linear('end'), end: { kind: 'end' } }, [
  'join',
])

/** start -> [inner -> work for each, innerJoin] for each -> outerJoin -> end */
const NESTED = graphOf(
  {
    start: foreach('inner'),
    inner: foreach('work'),
    work: linear('innerJoin'),
    innerJoin: linear('outerJoin'),
    outerJoin: linear('end'),
    end: { kind: 'end' },
  },
  ['innerJoin', 'outerJoin'],
)

/** start -> [body -> left, right -> inner] for each -> join -> end */
const FORKED = graphOf(
  {
    start: foreach('body'),
    body: { kind: 'split', to: ['left', 'right'] },
    left: linear('inner'),
    right: linear('inner'),
    inner: linear('join'),
    join: linear('end'),
    end: { kind: 'end' },
  },
  ['inner', 'join'],
)

/** start -> [choose -> one or two -> meet] for each -> join -> end */
const CHOOSING = graphOf(
  {
    start: foreach('choose'),
    choose: {
      kind: 'switch',
      condition: 'c',
      cases: [
        { value: 'x', to: 'one' },
        { value: 'y', to: 'two' },
      ],
    },
    one: linear('meet'),
    two: linear('meet'),
    meet: linear('join'),
    join: linear('end'),
    end: { kind: 'end' },
  },
  ['join'],
)

type Outcome = TaskRecord['outcome']

/** A task; the count is that of its foreach. */
function task(graph: FlowGraph, step: string, id: string, outcome: Outcome = 'succeeded', count = 3): TaskRecord {
  const transition = graph.steps[step]?.transition
  const base = { step, task: id, attempt: 0, startedAt: 1, endedAt: 2, pid: 1, outcome, artifacts: {} }
  if (outcome === 'failed' || transition === undefined) return base
  if (transition.kind === 'foreach')
    return { ...base, taken: { kind: 'foreach', to: transition.to, count, segments: [] } }
  if (transition.kind === 'switch') return { ...base, taken: { kind: 'switch', value: 'x', to: 'one' } }
  return { ...base, taken: transition }
}

const tasks = (graph: FlowGraph, step: string, ids: readonly (string | number)[], outcome?: Outcome): TaskRecord[] =>
  ids.map((id) => task(graph, step, String(id), outcome))

function emptyStore(): ObjectStore {
  const folder = mkdtempSync(join(tmpdir(), 'flowctl-plan-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return fileStore(folder)
}

interface Origin {
  readonly run?: string
  readonly status?: EndRecord['status']
  readonly parameters?: ArtifactMap
  readonly createdAt?: number
  readonly host?: RunRecord['host']
  readonly engine?: RunRecord['engine']
}

/** A run that has left these records; it has ended when it has a status. */
async function leave(
  objects: ObjectStore,
  graph: FlowGraph,
  records: readonly TaskRecord[],
  origin: Origin = {},
): Promise<RunStore> {
  const { run = 'first', status, parameters = {}, createdAt = 1_000_000, engine = 'memory' } = origin
  const { host = { name: 'elsewhere', pid: 1 } } = origin
  const store = new RunStore(objects, graph.flow, run)
  await store.create({
    format: 1,
    flow: graph.flow,
    run,
    createdAt,
    user: 'me',
    systemTags: [],
    graph,
    parameters,
    code: { hash: 'c', file: 'flow.ts' },
    engine,
    options: { maxWorkers: 1, maxNumSplits: 9, maxLogBytes: 9, isolate: false, with: [] },
    host,
  })
  const { headOf } = structureOf(graph)
  for (const record of records) {
    const base = { format: 1, execution: 'x', host: 'h', attempts: [], continuations: [] } as const
    await store.putCommit({ ...base, head: headOf[record.step] as string, key: record.task, tasks: [record] })
  }
  if (status !== undefined) await store.putEnd({ status, at: createdAt + 1, steps: {} }, createdAt)
  return store
}

/** A day later than the records, on a machine where only process 42 lives. */
const observer: Observer = { now: () => 86_400_000, host: 'here', isAlive: (pid) => pid === 42 }
const planResume = (
  objects: ObjectStore,
  graph: FlowGraph,
  description: FlowDescription,
  request: ResumeRequest,
  by: Observer = observer,
): Promise<ResumePlan> => planResumeSeenBy(objects, graph, description, request, by)

const DESCRIPTION: FlowDescription = { flow: 'F', steps: [], parameters: [] }

async function planOf(
  graph: FlowGraph,
  records: readonly TaskRecord[],
  origin: Origin = { status: 'failed' },
  request: { step?: string } = {},
  now: FlowGraph = graph,
): Promise<ResumePlan> {
  const objects = emptyStore()
  await leave(objects, graph, records, origin)
  return planResume(objects, now, DESCRIPTION, request)
}

const told = ({ steps }: ResumePlan): string[] =>
  steps.map(({ step, action, reused, why }) => `${step} ${action} ${reused}: ${why}`)

describe('what a resume reuses and runs', () => {
  it('of a run that failed in one task of a foreach', async () => {
    const records = [task(WIDE, 'start', '0'), ...tasks(WIDE, 'work', [0, 2]), ...tasks(WIDE, 'work', [1], 'failed')]
    expect(told(await planOf(WIDE, records))).toEqual([
      'start reuse 1: done',
      'work partly 2: 2 done, failed',
      'join run 0: never ran',
      'end run 0: never ran',
    ])
  })

  it('of a run that was interrupted in the middle of a foreach', async () => {
    const records = [
      task(WIDE, 'start', '0', 'succeeded', 9),
      ...tasks(WIDE, 'work', [0, 2]),
      ...tasks(WIDE, 'work', [3, 4], 'failed'),
    ]
    expect(told(await planOf(WIDE, records, { status: 'cancelled' }))[1]).toBe(
      'work partly 2: 2 done, 2 tasks failed, 5 never ran',
    )
  })

  it('of a step of which all tasks are done', async () => {
    const records = [task(WIDE, 'start', '0'), ...tasks(WIDE, 'work', [0, 1]), ...tasks(WIDE, 'work', [2], 'caught')]
    expect(told(await planOf(WIDE, [...records, task(WIDE, 'join', '0', 'failed')]))).toEqual([
      'start reuse 1: done',
      'work reuse 3: all 3 tasks done',
      'join run 0: failed',
      'end run 0: never ran',
    ])
  })

  it('of a run in which nothing succeeded', async () => {
    expect(told(await planOf(WIDE, [task(WIDE, 'start', '0', 'failed')]))).toEqual([
      'start run 0: failed',
      'work run 0: never ran',
      'join run 0: never ran',
      'end run 0: never ran',
    ])
  })

  it('of a foreach in a foreach that was not opened everywhere', async () => {
    const inner = [task(NESTED, 'inner', '0', 'succeeded', 2), task(NESTED, 'inner', '2', 'succeeded', 1)]
    const records = [task(NESTED, 'start', '0'), ...inner, ...tasks(NESTED, 'work', ['0.0', '0.1', '2.0'])]
    expect(told(await planOf(NESTED, [...records, task(NESTED, 'innerJoin', '0')]))).toEqual([
      'start reuse 1: done',
      'inner partly 2: 2 done, 1 never ran',
      'work partly 3: 3 done, others never ran',
      'innerJoin partly 1: 1 done, 2 never ran',
      'outerJoin run 0: never ran',
      'end run 0: never ran',
    ])
  })

  it('of branches in a foreach', async () => {
    const body = tasks(FORKED, 'body', [0, 1, 2])
    const records = [
      task(FORKED, 'start', '0'),
      ...body,
      ...tasks(FORKED, 'left', [0, 1, 2]),
      ...tasks(FORKED, 'right', [0]),
    ]
    expect(told(await planOf(FORKED, [...records, task(FORKED, 'inner', '0')])).slice(1, 5)).toEqual([
      'body reuse 3: all 3 tasks done',
      'left reuse 3: all 3 tasks done',
      'right partly 1: 1 done, 2 never ran',
      'inner partly 1: 1 done, 2 never ran',
    ])
  })

  it('of ways that not every task takes: how many are missing is not known', async () => {
    const records = [
      task(CHOOSING, 'start', '0'),
      ...tasks(CHOOSING, 'choose', [0, 1, 2]),
      ...tasks(CHOOSING, 'one', [0, 1]),
    ]
    expect(told(await planOf(CHOOSING, records)).slice(1, 4)).toEqual([
      'choose reuse 3: all 3 tasks done',
      'one reuse 2: all 2 tasks done',
      'two run 0: never ran',
    ])
  })

  it('of a run that succeeded: all, also what no task came to', async () => {
    const graph = CHOOSING
    const body = ['choose', 'one', 'meet'].flatMap((step) => tasks(graph, step, [0, 1, 2]))
    const records = [task(graph, 'start', '0'), ...body, task(graph, 'join', '0'), task(graph, 'end', '0')]
    const plan = await planOf(graph, records, { status: 'succeeded' })
    expect(plan.steps.map((one) => one.action)).toEqual(Array(7).fill('reuse'))
    expect(plan.steps.find((one) => one.step === 'two')?.why).toBe('was not taken')
  })
})

describe('steps that run again', () => {
  const records = [task(WIDE, 'start', '0'), ...tasks(WIDE, 'work', [0, 1, 2]), task(WIDE, 'join', '0')]

  it('the one that was asked for, and all after it', async () => {
    const plan = await planOf(WIDE, records, { status: 'failed' }, { step: 'work' })
    expect(plan.step).toBe('work')
    expect(told(plan)).toEqual([
      'start reuse 1: done',
      'work run 0: asked for',
      'join run 0: comes after work',
      'end run 0: comes after join',
    ])
  })

  it('one that is new, and one whose transition has changed', async () => {
    const now = graphOf(
      { start: foreach('work'), work: linear('more'), more: linear('join'), join: linear('end'), end: { kind: 'end' } },
      ['join'],
    )
    expect(told(await planOf(WIDE, records, { status: 'failed' }, {}, now))).toEqual([
      'start reuse 1: done',
      'work run 0: its transition has changed',
      'more run 0: comes after work',
      'join run 0: comes after more',
      'end run 0: comes after join',
    ])
  })
})

describe('the tasks that are taken over', () => {
  it('are those that the plan counts, without failed ones', async () => {
    const objects = emptyStore()
    const records = [task(WIDE, 'start', '0'), ...tasks(WIDE, 'work', [0, 2]), ...tasks(WIDE, 'work', [1], 'failed')]
    await leave(objects, WIDE, records, { status: 'failed' })
    const plan = await planResume(objects, WIDE, DESCRIPTION, {})
    const adopted = await adoptable(objects, WIDE, plan)
    expect(adopted.map(({ step, task: id }) => `${step}/${id}`)).toEqual(['start/0', 'work/0', 'work/2'])
    expect(adopted).toHaveLength(plan.steps.reduce((sum, { reused }) => sum + reused, 0))
    const again = await planResume(objects, WIDE, DESCRIPTION, { step: 'work' })
    expect((await adoptable(objects, WIDE, again)).map(({ step }) => step)).toEqual(['start'])
  })
})

describe('the run that is resumed', () => {
  const records = [task(WIDE, 'start', '0')]

  it('is the newest of its flow, or the one that is named', async () => {
    const objects = emptyStore()
    await leave(objects, WIDE, records, { run: 'old', status: 'failed', createdAt: 1000 })
    await leave(objects, WIDE, records, { run: 'new', status: 'failed', createdAt: 2000 })
    expect((await planResume(objects, WIDE, DESCRIPTION, {})).origin.run).toBe('new')
    expect((await planResume(objects, WIDE, DESCRIPTION, { origin: 'old' })).origin.run).toBe('old')
  })

  it('must exist, and so must the step', async () => {
    const objects = emptyStore()
    await expect(planResume(objects, WIDE, DESCRIPTION, {})).rejects.toMatchObject({ code: 'RUN_NONE_TO_RESUME' })
    await leave(objects, WIDE, records, { status: 'failed' })
    await expect(planResume(objects, WIDE, DESCRIPTION, { origin: 'x' })).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    })
    const wrong = planResume(objects, WIDE, DESCRIPTION, { step: 'wrok' })
    await expect(wrong).rejects.toMatchObject({ code: 'RESUME_UNKNOWN_STEP' })
    await expect(wrong).rejects.toThrow('work')
  })

  it('must have a value for every parameter of the flow', async () => {
    const objects = emptyStore()
    const a = { hash: 'h', size: 1, type: 't', preview: '1' }
    await leave(objects, WIDE, records, { status: 'failed', parameters: { a } })
    const parameter = (field: string) =>
      ({ field, option: field, variable: field, kind: 'string', help: '', required: false }) as const
    const known = { ...DESCRIPTION, parameters: [parameter('a')] }
    expect((await planResume(objects, WIDE, known, {})).origin.parameters).toEqual({ a })
    const more = { ...DESCRIPTION, parameters: [parameter('a'), parameter('b')] }
    await expect(planResume(objects, WIDE, more, {})).rejects.toMatchObject({
      code: 'RESUME_NEW_PARAMETER',
      details: { fields: ['b'] },
    })
  })

  it('must not be on the queue: it goes on there until it is stopped', async () => {
    const objects = emptyStore()
    const store = await leave(objects, WIDE, records, { engine: 'bullmq' })
    await expect(planResume(objects, WIDE, DESCRIPTION, {})).rejects.toMatchObject({
      code: 'RUN_STILL_GOING',
      fix: expect.stringContaining('flowctl cancel') as string,
    })
    await store.putStop({ reason: 'cancelled', at: 1, by: 'ada' })
    expect((await planResume(objects, WIDE, DESCRIPTION, {})).origin.run).toBe('first')
  })

  it('must not be going on: its process lives here', async () => {
    const at = observer.now()
    const objects = emptyStore()
    const store = await leave(objects, WIDE, records, { host: { name: 'here', pid: 42 }, createdAt: at })
    await expect(planResume(objects, WIDE, DESCRIPTION, {})).rejects.toThrow('in process 42')
    const later = { ...observer, now: () => at + 3_600_000 }
    expect((await planResume(objects, WIDE, DESCRIPTION, {}, later)).origin.run).toBe('first')
    await store.beat(later.now())
    await expect(planResume(objects, WIDE, DESCRIPTION, {}, later)).rejects.toMatchObject({ code: 'RUN_STILL_GOING' })
    await store.putEnd({ status: 'cancelled', at: 1, steps: {} }, 1)
    expect((await planResume(objects, WIDE, DESCRIPTION, {}, later)).origin.run).toBe('first')
  })

  it('must not be going on elsewhere: it beats on another machine', async () => {
    const at = observer.now()
    const objects = emptyStore()
    const store = await leave(objects, WIDE, records, { host: { name: 'there', pid: 7 }, createdAt: 1 })
    await store.beat(at - 5000)
    await expect(planResume(objects, WIDE, DESCRIPTION, {})).rejects.toMatchObject({
      code: 'RUN_STILL_GOING',
      message: expect.stringContaining('in process 7 on there') as string,
    })
    await store.beat(at - 60_000)
    expect((await planResume(objects, WIDE, DESCRIPTION, {})).origin.run).toBe('first')
  })

  it('may have lost its process', async () => {
    const host = { name: 'here', pid: 43 }
    expect((await planOf(WIDE, records, { host, createdAt: observer.now() })).origin.run).toBe('first')
  })
})

import { expect, test } from 'vitest'
import { branchesOf, recordOf, testFlow, type TestFlow } from './harness.ts'

const SPLIT = (join: string, left = '', right = '', end = ''): string => `
@serializable class Model { constructor(public n = 0) {} }
export class Splitting extends FlowSpec {
  rate = Parameter.number({ default: 0.5 })
  base = [1, 2]
  same!: unknown
  score!: number
  only?: string
  zebra?: number
  best?: unknown
  describe() { return 'score ' + this.score }
  @step start() { this.next(this.right, this.left) }
  @step left() { this.score = 1; ${left}; this.next(this.join) }
  @step right() { this.score = 2; ${right}; this.next(this.join) }
  @step join(inputs: Inputs<this>) { ${join}; this.next(this.end) }
  @step end() { ${end} }
}`

async function joined(join: string, left = '', right = '', end = '') {
  const flow = await testFlow(SPLIT(join, left, right, end))
  const bound = (await flow.bind()).all[0]
  if (bound?.type !== 'bound') throw new Error('not bound')
  flow.open({ parameters: bound.parameters })
  const start = await flow.slice('start')
  const input = { type: 'task', artifacts: start.ok.artifacts } as const
  const branches = [await flow.slice('right', { input }), await flow.slice('left', { input })]
  return { flow, answers: await flow.slice('join', { input: branchesOf(...branches) }) }
}

test('inputs are in the order of the split, and have the names of the branches', async () => {
  const { answers } = await joined(`
    console.log(inputs.length, inputs.map((i) => i.score), inputs.left.score, inputs[0]!.describe(), inputs.right.rate)
    for (const input of inputs) console.log(input.base)
    console.log(inputs.at(-1)!.score, [...inputs].length, inputs.left.base === inputs.left.base, Array.isArray(inputs))
    console.log(inputs[0])`)
  expect(answers.lines).toEqual([
    '2 [ 2, 1 ] 1 score 2 0.5',
    '[ 1, 2 ]',
    '[ 1, 2 ]',
    '1 2 true true',
    "{ step: 'right', task: '0', artifacts: [ 'base', 'score' ] }",
  ])
})

test('a join carries nothing down by itself, and what it dropped is told where it is missed', async () => {
  const { flow, answers } = await joined(
    'this.best = inputs.map((i) => i.score).sort()',
    '',
    '',
    'console.log(this.base)',
  )
  expect(await flow.values(answers.ok.artifacts)).toEqual({ best: [1, 2] })
  expect(answers.ok.dropped).toEqual({ base: 'join', score: 'join' })
  const { artifacts, dropped } = answers.ok
  const end = await flow.slice('end', { input: { type: 'task', artifacts, dropped: dropped! } })
  expect(end.failure.error.code).toBe('ARTIFACT_DROPPED')
  expect(end.failure.error.message).toMatch(/'end' reads this\.base.*'join'/)
  expect(end.failure.error.fix).toContain('mergeArtifacts')
})

test('an artifact that is set again is no longer dropped', async () => {
  const { flow, answers } = await joined('', '', '', 'this.base = [3]; console.log(this.base)')
  const end = await flow.slice('end', { input: { type: 'task', artifacts: {}, dropped: answers.ok.dropped! } })
  expect(end.lines).toEqual(['[ 3 ]'])
  expect(end.ok.dropped).toEqual({ score: 'join' })
})

test('a join that reads itself for what its inputs have is sent to them', async () => {
  const { answers } = await joined('console.log(this.base)')
  expect(answers.failure.error).toMatchObject({
    code: 'ARTIFACT_IN_INPUTS',
    fix: expect.stringContaining('inputs[0].base'),
  })
  expect((await joined('console.log(this.only)')).answers.lines).toEqual(['undefined'])
})

test('inputs are read-only and cannot be stored', async () => {
  const code = async (join: string) => (await joined(join)).answers.failure.error.code
  expect(await code('inputs[0]!.score = 3')).toBe('INPUT_READ_ONLY')
  expect(await code('(inputs[0] as any).anything = 3')).toBe('INPUT_READ_ONLY')
  expect(await code('this.best = inputs[0]')).toBe('ARTIFACT_IS_FLOW')
  expect(await code('this.best = inputs')).toBe('ARTIFACT_IS_FLOW')
  expect(await code('this.best = { a: [inputs[1]] }')).toBe('ARTIFACT_IS_FLOW')
  expect(await code('this.rate = 3')).toBe('PARAMETER_READ_ONLY')
})

test('mergeArtifacts takes what the inputs agree on, by hash', async () => {
  const { flow, answers } = await joined(
    'this.score = 9; this.mergeArtifacts(inputs); console.log(this.base, this.only)',
    `this.only = 'l'`,
  )
  expect(answers.lines).toEqual(['[ 1, 2 ] l'])
  expect(await flow.values(answers.ok.artifacts)).toEqual({ base: [1, 2], only: 'l', score: 9 })
  expect(answers.ok.dropped).toBeUndefined()
})

test('values that are equal although their serializations differ agree', async () => {
  const { answers } = await joined(
    'this.score = 0; this.mergeArtifacts(inputs)',
    'this.same = { a: 1, b: new Map([[1, new Model(2)]]) }',
    'this.same = { b: new Map([[1, new Model(2)]]), a: 1 }',
  )
  expect(Object.keys(answers.ok.artifacts).sort()).toEqual(['base', 'same', 'score'])
})

test('a conflict names every name once, sorted, and where it differs', async () => {
  const { error } = (await joined('this.mergeArtifacts(inputs)', 'this.zebra = 1; this.base.push(1)', 'this.zebra = 2'))
    .answers.failure
  expect(error.code).toBe('MERGE_CONFLICT')
  expect(error.message).toMatch(/'base' \(branch 'right' and branch 'left' differ\), 'score' \(.*\), 'zebra' \(/)
  expect(error.fix).toContain('this.base = inputs[0].base')
})

test('include and exclude', async () => {
  const { flow, answers } = await joined(`this.mergeArtifacts(inputs, { include: ['base'] })`)
  expect(await flow.values(answers.ok.artifacts)).toEqual({ base: [1, 2] })
  const excluded = await joined(`this.mergeArtifacts(inputs, { exclude: ['score'] })`)
  expect(await excluded.flow.values(excluded.answers.ok.artifacts)).toEqual({ base: [1, 2] })
  const fails = async (join: string) => (await joined(join)).answers.failure.error
  expect(await fails(`this.mergeArtifacts(inputs, { include: ['base', 'nope', 'no'] })`)).toMatchObject({
    code: 'MERGE_MISSING',
    message: expect.stringContaining("'no', 'nope'"),
  })
  expect((await fails(`this.mergeArtifacts(inputs, { include: ['base'], exclude: ['score'] })`)).code).toBe(
    'MERGE_INCLUDE_AND_EXCLUDE',
  )
  expect((await fails(`this.mergeArtifacts([this])`)).code).toBe('MERGE_NOT_INPUTS')
  expect((await fails(`this.mergeArtifacts(7 as never)`)).code).toBe('MERGE_NOT_INPUTS')
})

test('mergeArtifacts outside a join', async () => {
  const flow = await testFlow(`
export class Nowhere extends FlowSpec {
  @step start() { this.mergeArtifacts([]); this.next(this.end) }
  @step end() {}
}`)
  expect((await flow.slice('start')).failure.error.code).toBe('MERGE_OUTSIDE_JOIN')
})

const FOREACH = (join: string, end = ''): string => `
export class Each extends FlowSpec<number> {
  items = Array.from({ length: 2000 }, (_, i) => i)
  common = { shared: true }
  score!: number
  big!: Uint8Array
  @step start() { this.next(this.work, { foreach: 'items' }) }
  @step work() { this.score = this.input * 2; if (this.index === 1999) (this as any).rare = 'last'; this.next(this.join) }
  @step async join(inputs: Inputs<this>) { ${join}; this.next(this.end) }
  @step end() { ${end} }
}`

async function scanned(flow: TestFlow) {
  return flow.foreach(await flow.slice('start'), ['work'])
}

test('a join over a foreach reads its inputs from commits', async () => {
  const flow = await testFlow(
    FOREACH(`
    console.log(inputs.length, inputs.map((i) => i.score).reduce((a, b) => a + b, 0))
    console.log(inputs[7]!.index, inputs[7]!.input, (inputs[1999] as any).rare, (inputs[0] as any).rare)
    let sum = 0
    for await (const input of inputs) sum += input.score
    console.log(sum, inputs.find((i) => i.score > 100)!.index)
    this.mergeArtifacts(inputs, { exclude: ['score'] })
    console.log(this.common.shared, (this as any).rare, this.index, this.input)`),
    { options: { maxNumSplits: 5000 } },
  )
  const answers = await flow.slice('join', { input: await scanned(flow) })
  expect(answers.lines).toEqual(['2000 3998000', '7 7 last undefined', '3998000 51', 'true last undefined undefined'])
  expect(answers.ok.dropped).toEqual({ score: 'join' })
})

test('inputs in several commits: continuations, single tasks, adopted ones', async () => {
  const flow = await testFlow(FOREACH(`console.log(inputs.map((i) => i.score).join())`), {
    options: { maxNumSplits: 5000 },
  })
  const start = await flow.slice('start')
  if (start.ok.taken.kind !== 'foreach') throw new Error('not a foreach')
  const foreaches = [{ step: 'start', count: 2000, segments: start.ok.taken.segments }]
  const work = (from: number, to: number) =>
    flow.slice('work', { range: { from, to }, foreaches, input: { type: 'task', artifacts: start.ok.artifacts } })
  const rest = { key: '0-3_0', step: 'work', from: 2, to: 4, attempt: 0, reason: 'time' } as const
  await flow.commit('work', '0-3', await work(0, 2), [rest])
  await flow.commit('work', '0-3_0', await work(2, 4))
  await flow.commit('work', '4', await work(4, 5))
  const adopted = await work(5, 7)
  await flow.runStore.putAdopted(adopted.tasks.map(recordOf))
  flow.open({ originRun: '0000' })
  const steps = ['other', 'work']
  const locators = [
    { from: 4, to: 7, steps },
    { from: 0, to: 4, steps, slice: { head: 'work', key: '0-3' } },
  ]
  const join = await flow.slice('join', { input: { type: 'foreach', split: 'start', count: 7, locators } })
  expect(join.ok.taken).toEqual({ kind: 'linear', to: 'end' })
  expect(join.lines).toEqual(['0,2,4,6,8,10,12'])
  const short = await flow.slice('join', { input: { type: 'foreach', split: 'start', count: 8, locators } })
  expect(short.failure.error).toMatchObject({ code: 'INPUT_NOT_FINISHED', message: expect.stringContaining('input 7') })
})

test('an empty foreach gives its join no inputs', async () => {
  const flow = await testFlow(
    FOREACH(`this.mergeArtifacts(inputs); console.log(inputs.length, inputs.map((i) => i.score), this.score)`),
  )
  const join = await flow.slice('join', { input: { type: 'foreach', split: 'start', count: 0, locators: [] } })
  expect(join.lines).toEqual(['0 [] undefined'])
})

test('a conflict over a foreach names two of its inputs', async () => {
  const flow = await testFlow(FOREACH('this.mergeArtifacts(inputs)'), { options: { maxNumSplits: 5000 } })
  const { error } = (await flow.slice('join', { input: await scanned(flow) })).failure
  expect(error.message).toContain("'score' (input 0 and input 1 differ)")
})

test('nested foreaches: stack, items, inner joins', async () => {
  const flow = await testFlow(`
export class Nested extends FlowSpec {
  outer = ['a', 'b']
  inner!: string[]
  word!: string
  words!: string[]
  @step start() { this.next(this.open, { foreach: 'outer' }) }
  @step open() { this.inner = ['x', 'y', 'z'].map((c) => String(this.input) + c); this.next(this.work, { foreach: 'inner' }) }
  @step work() { this.word = String(this.input); console.log(JSON.stringify(this.foreachStack())); this.next(this.close) }
  @step close(inputs: Inputs<this>) { this.words = inputs.map((i) => i.word); console.log(this.index, this.input); this.next(this.join) }
  @step join(inputs: Inputs<this>) { this.words = inputs.flatMap ? inputs.map((i) => i.words).flat() : []; this.next(this.end) }
  @step end() {}
}`)
  const start = await flow.slice('start')
  if (start.ok.taken.kind !== 'foreach') throw new Error('not a foreach')
  const outer = { step: 'start', count: 2, segments: start.ok.taken.segments }
  for (const [index, letter] of ['a', 'b'].entries()) {
    const at = { path: [index], foreaches: [outer] }
    const open = await flow.slice('open', { ...at, input: { type: 'task', artifacts: start.ok.artifacts } })
    if (open.ok.taken.kind !== 'foreach') throw new Error('not a foreach')
    const inner = { step: 'open', count: 3, segments: open.ok.taken.segments }
    const range = { from: 0, to: 3 }
    const work = await flow.slice('work', {
      path: [index],
      range,
      foreaches: [outer, inner],
      input: { type: 'task', artifacts: open.ok.artifacts },
    })
    expect(work.tasks.map((task) => [task.task, task.input])).toEqual(
      [0, 1, 2].map((i) => [`${index}.${i}`, `"${letter}${'xyz'[i]}"`]),
    )
    expect(JSON.parse(work.lines[1]!)).toEqual([
      { index, count: 2, value: letter },
      { index: 1, count: 3, value: `${letter}y` },
    ])
    await flow.commit('work', `${index}.0-2`, work)
    const locators = [{ ...range, steps: ['work'], slice: { head: 'work', key: `${index}.0-2` } }]
    const close = await flow.slice('close', { ...at, input: { type: 'foreach', split: 'open', count: 3, locators } })
    expect(close.ok.taken).toEqual({ kind: 'linear', to: 'join' })
    expect(close.lines).toEqual([`${index} ${letter}`])
    await flow.commit('close', String(index), close)
  }
  const locators = [{ from: 0, to: 2, steps: ['close'] }]
  const join = await flow.slice('join', { input: { type: 'foreach', split: 'start', count: 2, locators } })
  expect(await flow.values(join.ok.artifacts)).toEqual({ words: ['ax', 'ay', 'az', 'bx', 'by', 'bz'] })
})

test('a value taken from an input is not stored again, unless it was changed', async () => {
  const left = "this.same = ['ab\\u0100'.slice(0, 2), , 3]"
  const kept = await joined('this.best = inputs.left.same', left)
  const changed = await joined('this.best = inputs.left.same; (this.best as number[]).push(4)', left)
  const branch = async (flow: TestFlow) => {
    const start = await flow.slice('start')
    return (await flow.slice('left', { input: { type: 'task', artifacts: start.ok.artifacts } })).ok.artifacts['same']
  }
  const stored = await branch(kept.flow)
  expect(stored).toBeDefined()
  expect(kept.answers.ok.artifacts['best']).toEqual(stored)
  expect(changed.answers.ok.artifacts['best']?.hash).not.toBe(stored?.hash)
  expect(await changed.flow.values(changed.answers.ok.artifacts)).toEqual({ best: ['ab', undefined, 3, 4] })
})

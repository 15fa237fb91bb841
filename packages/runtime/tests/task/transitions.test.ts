import { expect, test } from 'vitest'
import { testFlow } from './harness.ts'

const start = async (body: string, options = {}, fields = '') => {
  const flow = await testFlow(
    `
export class Going extends FlowSpec {
  ${fields}
  value?: unknown
  @step start() { ${body} }
  @step left() { this.next(this.join) }
  @step right() { this.next(this.join) }
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`,
    options,
  )
  return flow.slice('start')
}

const foreach = async (value: string, options = {}) => {
  const flow = await testFlow(
    `
export class Iterating extends FlowSpec {
  value!: any
  @step start() { this.value = ${value} as never; this.next(this.left, { foreach: 'value' }) }
  @step left() { this.next(this.join) }
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`,
    options,
  )
  return { flow, answers: await flow.slice('start') }
}

const foreachError = async (value: string, options = {}) => (await foreach(value, options)).answers.failure.error

test('a split leads to all its branches', async () => {
  expect((await start('this.next(this.left, this.right)')).ok.taken).toEqual({ kind: 'split', to: ['left', 'right'] })
})

test('a step that returns early did not call next', async () => {
  const { error } = (await start('if (Date.now() > 0) return; this.next(this.left, this.right)')).failure
  expect(error).toMatchObject({
    code: 'NEXT_NOT_CALLED',
    message: expect.stringContaining('this.next(this.left, this.right)'),
  })
})

test('a second call is an error where it stands', async () => {
  const { error } = (
    await start('const go: any = this; go.next(this.left, this.right); this.next(this.left, this.right)')
  ).failure
  expect(error).toMatchObject({ code: 'NEXT_CALLED_TWICE', stack: expect.stringContaining('flow.ts') })
})

test('another call than the one in the source is an error that shows both', async () => {
  const { error } = (await start('const go: any = this; go.next(go.right); return; this.next(this.left, this.right)'))
    .failure
  expect(error.code).toBe('NEXT_OTHER_TARGET')
  expect(error.message).toContain('this.next(this.left, this.right)')
  expect(error.message).toContain('this.next(this.right)')
})

test('a caught error of next still counts', async () => {
  const { error } = (
    await start('const go: any = this; try { go.next(go.right) } catch {} ; return; this.next(this.left, this.right)')
  ).failure
  expect(error.code).toBe('NEXT_OTHER_TARGET')
})

test('the end step may not call next', async () => {
  const flow = await testFlow(`
export class Ending extends FlowSpec {
  @step start() { this.next(this.end) }
  @step end() { const go: any = this; go.next(go.start) }
}`)
  expect((await flow.slice('end')).failure.error.code).toBe('NEXT_IN_END')
})

test('next after the step has ended is told to whoever called it', async () => {
  const flow = await testFlow(`
export class Late extends FlowSpec {
  @step start() { const go: any = this; setTimeout(() => { try { go.next() } catch (e) { (globalThis as any).late = (e as any).code } }, 5); this.next(this.end) }
  @step async end() { await new Promise((r) => setTimeout(r, 30)); console.log((globalThis as any).late) }
}`)
  expect((await flow.steps('start', 'end')).lines).toEqual(['NEXT_TOO_LATE'])
})

test('a switch takes the case that the condition names', async () => {
  const flow = await testFlow(`
export class Switching extends FlowSpec {
  size: number | string | boolean = 0
  @step start() { this.size = 2; this.next({ 1: this.one, 2: this.two, true: this.one }, { condition: 'size' }) }
  @step one() { this.next(this.end) }
  @step two() { this.size = 'huge'; this.next({ 1: this.one, small: this.end }, { condition: 'size' }) }
  @step end() {}
}`)
  expect((await flow.slice('start')).ok.taken).toEqual({ kind: 'switch', to: 'two', value: '2' })
  const { error } = (await flow.slice('two')).failure
  expect(error).toMatchObject({ code: 'SWITCH_NO_CASE' })
  expect(error.message).toMatch(/'huge'.*'1', 'small'/)
})

test('a loop runs turn after turn, each with what the last one left', async () => {
  const flow = await testFlow(`
export class Looping extends FlowSpec {
  n = 0
  again!: string
  @step start() { this.next(this.work) }
  @step work() { this.n += 1; this.again = this.n < 3 ? 'yes' : 'no'; this.next({ yes: this.work, no: this.end }, { condition: 'again' }) }
  @step end() {}
}`)
  let answers = await flow.steps('start')
  for (let turn = 0; turn < 3; turn += 1) {
    answers = await flow.slice('work', { turn, input: { type: 'task', artifacts: answers.ok.artifacts } })
    expect(answers.last.task).toBe(turn === 0 ? '0' : `0~${turn}`)
  }
  expect(answers.ok.taken).toEqual({ kind: 'switch', to: 'end', value: 'no' })
})

test.each([
  ['[1, 2, 3]', [1, 2, 3]],
  ['new Set(["a", "b"])', ['a', 'b']],
  ['new Map([["a", 1]])', [['a', 1]]],
  ['new Float64Array([1.5, 2.5])', [1.5, 2.5]],
  ['"häß"', ['h', 'ä', 'ß']],
  ['(function* () { yield 1; yield { two: 2 } })()', [1, { two: 2 }]],
  ['({ *[Symbol.iterator]() { yield "own" } })', undefined],
  ['[]', []],
])('a foreach over %s snapshots its items', async (text, items) => {
  const { flow, answers } = await foreach(text)
  if (items === undefined) {
    // It can be iterated, but not stored.
    expect(answers.failure.error.code).toBe('ARTIFACT_SYMBOL_KEY')
    return
  }
  const { taken, artifacts } = answers.ok
  if (taken.kind !== 'foreach') throw new Error('not a foreach')
  expect(taken.count).toBe(items.length)
  expect(await flow.items(taken.segments)).toEqual(items)
  if (text.includes('function*')) expect((await flow.values(artifacts))['value']).toEqual(items)
})

test('items are cut into segments by number and by size', async () => {
  const flow = await testFlow(
    `
export class Large extends FlowSpec {
  many = Array.from({ length: 25_000 }, (_, i) => i)
  large = Array.from({ length: 40 }, (_, i) => ({ i, bytes: Buffer.alloc(50_000, i) }))
  @step start() { this.next(this.left, { foreach: 'many' }) }
  @step left() { this.next(this.inner, { foreach: 'large' }) }
  @step inner() { this.next(this.close) }
  @step close(inputs: Inputs<this>) { this.next(this.join) }
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`,
    { options: { maxNumSplits: 25_000 } },
  )
  const start = await flow.slice('start')
  const many = start.ok.taken
  if (many.kind !== 'foreach') throw new Error('not a foreach')
  expect(many.segments.length).toBeLessThan(8)
  expect(await flow.items(many.segments)).toEqual(Array.from({ length: 25_000 }, (_, i) => i))
  const foreaches = [{ step: 'start', count: many.count, segments: many.segments }]
  const left = await flow.slice('left', {
    path: [3],
    foreaches,
    input: { type: 'task', artifacts: start.ok.artifacts },
  })
  const large = left.ok.taken
  if (large.kind !== 'foreach') throw new Error('not a foreach')
  expect(large.segments.length).toBeGreaterThanOrEqual(6)
  for (const { items } of large.segments) expect(items.size).toBeLessThan(600_000)
  expect((await flow.items(large.segments)).map((item) => (item as { i: number }).i)).toEqual(
    Array.from({ length: 40 }, (_, i) => i),
  )
})

test('a foreach that cannot be is explained', async () => {
  expect(await foreachError('undefined')).toMatchObject({
    code: 'FOREACH_MISSING',
    message: expect.stringContaining('this.value'),
  })
  expect(await foreachError('7')).toMatchObject({
    code: 'FOREACH_NOT_ITERABLE',
    message: expect.stringContaining('a number'),
  })
  expect((await foreachError('{ a: 1 }')).message).toContain('an object')
  const wide = { options: { maxNumSplits: 5 } }
  expect(await foreachError('[1,2,3,4,5,6]', wide)).toMatchObject({
    code: 'FOREACH_TOO_WIDE',
    fix: expect.stringContaining('--max-num-splits 6'),
  })
  expect((await foreachError('(function* () { for (;;) yield 1 })()', wide)).code).toBe('FOREACH_TOO_WIDE')
  expect(await foreachError('[1, () => 2]')).toMatchObject({
    code: 'ARTIFACT_NOT_STORABLE',
    message: expect.stringContaining('this.value[1]'),
  })
})

import { expect, test } from 'vitest'
import { inputOf, testFlow } from './harness.ts'

const CHANGES = `
class Plain { constructor(public n: number) {} }
@serializable class Model { constructor(public weights: number[] = []) {} train() { this.weights.push(1) } get size() { return this.weights.length } }
registerSerializer(Plain, { write: (p) => p.n, read: (n: number) => new Plain(n) })
export class Changing extends FlowSpec {
  list!: number[]
  nested!: any
  map!: Map<string, number[]>
  typed!: Float64Array
  model!: Model
  plain!: Plain
  sparse!: any[]
  text!: string
  date!: Date
  untouched!: number[]
  @step start() {
    this.list = [1, 2]
    this.nested = { deep: { list: ['ä', 'b'.repeat(3000)] }, same: null }
    this.nested.same = this.nested.deep
    this.map = new Map([['a', [1]]])
    this.typed = new Float64Array(1000)
    this.model = new Model([0.5])
    this.plain = new Plain(3)
    this.sparse = [1, , 3, 0.5]
    this.sparse[7] = { a: 1, 2: 'b' }
    this.text = 'two' + String.fromCharCode(0x100)
    this.date = new Date(0)
    this.untouched = Array.from({ length: 5000 }, (_, i) => i / 3)
    this.next(this.look)
  }
  @step look() {
    void [this.list.length, this.nested.deep.list[0], this.map.get('a'), this.typed[3], this.model.size, this.plain.n, this.sparse[7], this.text, this.date]
    if (!(this.model instanceof Model) || !(this.plain instanceof Plain)) throw new Error('not instances')
    this.next(this.change)
  }
  @step change() {
    this.list.push(3)
    this.nested.same.list[0] = 'changed'
    this.map.get('a')!.push(2)
    this.typed[999] = 1
    this.model.train()
    this.plain.n = 4
    this.sparse[1] = 2
    this.date.setTime(1)
    this.next(this.end)
  }
  @step end() {}
}`

test('what was only read keeps its ref; what was changed in place is noticed', async () => {
  const flow = await testFlow(CHANGES)
  const start = await flow.steps('start')
  const look = await flow.slice('look', { input: { type: 'task', artifacts: start.ok.artifacts } })
  expect(look.ok.artifacts).toEqual(start.ok.artifacts)
  const change = await flow.slice('change', { input: { type: 'task', artifacts: look.ok.artifacts } })
  const changed = Object.keys(start.ok.artifacts).filter(
    (name) => change.ok.artifacts[name]?.hash !== start.ok.artifacts[name]?.hash,
  )
  expect(changed.sort()).toEqual(['date', 'list', 'map', 'model', 'nested', 'plain', 'sparse', 'typed'])
  const again = await flow.slice('look', { input: { type: 'task', artifacts: change.ok.artifacts } })
  expect(again.ok.artifacts).toEqual(change.ok.artifacts)
})

test('tasks that share a process never share an object', async () => {
  const flow = await testFlow(`
export class Sharing extends FlowSpec {
  config = Parameter.json<{ list: number[] }>({ default: { list: [] } })
  common: number[] = []
  items = [{ seen: [] as number[] }, { seen: [] as number[] }]
  @step start() { this.next(this.work, { foreach: 'items' }) }
  @step work() {
    const input = this.input as { seen: number[] }
    if (this.input !== input || this.common !== this.common || this.config !== this.config) throw new Error('not the same twice')
    this.common.push(1); input.seen.push(1); this.config.list.push(1)
    console.log(this.common.length, input.seen.length, this.config.list.length)
    this.next(this.more)
  }
  @step more() {
    console.log(this.common.length, (this.input as { seen: number[] }).seen.length, this.config.list.length)
    this.next(this.join)
  }
  @step join(inputs: Inputs<this>) { this.next(this.end) }
  @step end() {}
}`)
  const bound = (await flow.bind()).all[0]
  if (bound?.type !== 'bound') throw new Error('not bound')
  flow.open({ parameters: bound.parameters })
  const start = await flow.steps('start')
  if (start.ok.taken.kind !== 'foreach') throw new Error('not a foreach')
  const answers = await flow.slice('work', {
    chain: ['work', 'more'],
    range: { from: 0, to: 2 },
    foreaches: [{ step: 'start', count: 2, segments: start.ok.taken.segments }],
    input: { type: 'task', artifacts: start.ok.artifacts },
  })
  expect(answers.lines).toEqual(['1 1 1', '1 0 0', '1 1 1', '1 0 0'])
})

test('dynamic names, deletions, #private members, getters, arrow functions in fields', async () => {
  const flow = await testFlow(`
export class Dynamic extends FlowSpec {
  #secret = 41
  declared = 1
  removed?: string = 'x'
  double = (n: number) => n * 2
  get answer() { return this.#secret + this.declared }
  @step start() {
    const name = 'made_' + 'up'
    ;(this as any)[name] = [1]
    console.log(this.answer, this.double(3))
    delete this.removed
    this.next(this.end)
  }
  @step end() {
    console.log((this as any).made_up, this.answer, this.double(4), this.removed, Object.keys(this).includes('made_up'))
    ;(this as any).made_up.push(2)
  }
}`)
  const start = await flow.steps('start')
  expect(await flow.values(start.ok.artifacts)).toEqual({ declared: 1, made_up: [1] })
  const end = await flow.slice('end', { input: { type: 'task', artifacts: start.ok.artifacts } })
  expect(end.lines).toEqual(['42 6', '[ 1 ] 42 8 undefined true'].slice(1))
  expect(await flow.values(end.ok.artifacts)).toEqual({ declared: 1, made_up: [1, 2] })
})

test('field initializers count in the start step only', async () => {
  const flow = await testFlow(`
export class Initial extends FlowSpec {
  count = 1
  never?: number
  @step start() { this.count += 1; this.next(this.end) }
  @step end() { console.log(this.count, this.never) }
}`)
  const end = await flow.steps('start', 'end')
  expect(end.lines).toEqual(['2 undefined'])
  expect(await flow.values(end.ok.artifacts)).toEqual({ count: 2 })
})

test('a large artifact is loaded from its blob, prefetched or on demand, and not written again', async () => {
  const flow = await testFlow(`
export class Large extends FlowSpec {
  data!: Float64Array
  @step start() { this.data = new Float64Array(300_000).map((_, i) => i); this.next(this.middle) }
  @step middle() { console.log(this.data[299_999]); this.next(this.end) }
  @step end() { const name = 'da' + 'ta'; console.log((this as any)[name].length) }
}`)
  const end = await flow.steps('start', 'middle', 'end')
  expect(end.lines).toEqual(['300000'])
  expect(end.ok.artifacts['data']?.inline).toBeUndefined()
})

test('values that cannot be stored fail the task with the path to the fault', async () => {
  const flow = await testFlow(`
export class Unstorable extends FlowSpec {
  a?: unknown
  @step start() { this.a = { list: [1, Promise.resolve(2)] }; this.next(this.middle) }
  @step middle() { const n = 'dyn'; (this as any)[n] = () => 1; this.next(this.end) }
  @step end() {}
}`)
  expect((await flow.slice('start')).failure.error).toMatchObject({
    code: 'ARTIFACT_NOT_STORABLE',
    message: expect.stringContaining('this.a.list[1]'),
  })
  expect((await flow.slice('middle')).failure.error).toMatchObject({
    code: 'ARTIFACT_NOT_STORABLE',
    message: expect.stringContaining('this.dyn'),
  })
})

test('a blob that is gone is an error of the step that reads it', async () => {
  const flow = await testFlow(`
export class Gone extends FlowSpec {
  data!: number[]
  @step start() { this.next(this.middle) }
  @step middle() { console.log(this.data.length); this.next(this.end) }
  @step end() {}
}`)
  const ref = { hash: 'a'.repeat(64), size: 9999, type: 'Array(1)', preview: '[]' }
  const middle = await flow.slice('middle', { input: { type: 'task', artifacts: { data: ref } } })
  expect(middle.failure.error).toMatchObject({ code: 'ARTIFACT_MISSING', stack: expect.stringContaining('flow.ts') })
})

test('above 64 MiB a change in place is not looked for; an assignment counts', async () => {
  const flow = await testFlow(`
export class Huge extends FlowSpec {
  data!: Float64Array
  @step start() { this.data = new Float64Array(9_000_000); this.next(this.middle) }
  @step middle() { this.data[0] = 1; this.next(this.end) }
  @step end() { const data = this.data; data[0] = 2; this.data = data }
}`)
  const start = await flow.slice('start')
  const middle = await flow.slice('middle', { input: inputOf(start.ok) })
  expect(middle.ok.artifacts['data']?.hash).toBe(start.ok.artifacts['data']?.hash)
  const end = await flow.slice('end', { input: inputOf(middle.ok) })
  expect(end.ok.artifacts['data']?.hash).not.toBe(start.ok.artifacts['data']?.hash)
})

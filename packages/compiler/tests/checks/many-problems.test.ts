import { expect, it } from 'vitest'

import { inClass, marked, openFlow, places, problemsOf } from '../open-flow.ts'
import { workspace } from '../workspace.ts'

/** Each `‸` is the place of one expected problem; `codes` are theirs, in the order of the source. */
async function expectProblems(body: string, codes: readonly string[]): Promise<void> {
  const { text, places: expected } = marked(inClass(body))
  const problems = await problemsOf(openFlow(workspace({ 'flow.ts': text }), 'flow.ts'))
  expect(places(problems)).toEqual(codes.map((code, index) => `${code} ${expected[index]}`))
}

it('reports independent problems together, in the order of the source', async () => {
  await expectProblems(
    `#cache = 0
items = [1]
@step start() { ‸this.#cache = 1; this.next(this.fan, ‸this.trian) }
@step fan() { this.next(this.fit, { foreach: ‸'itmes' }) }
@step fit() { this.next(this.joinFits) }
@step joinFits(inputs: unknown) { this.next(this.both) }
@step train() { ‸this.next(this.both); this.items = [] }
@step both(inputs: unknown) { this.next(this.end) }
@step ‸lost() { this.next(this.end) }
@step end() { ‸this.next(this.start) }`,
    [
      'PRIVATE_FIELD_WRITTEN',
      'NEXT_TARGET_UNKNOWN',
      'FOREACH_FIELD_UNKNOWN',
      'NEXT_NOT_LAST',
      'STEP_UNREACHABLE',
      'END_HAS_NEXT',
    ],
  )
})

it('reports several problems of one step, also at one place', async () => {
  const { text } = marked(
    inClass(`@step start() { this.next(this.end) }\n@step _lost() { this.next() }\n@step end() {}`),
  )
  const problems = await problemsOf(openFlow(workspace({ 'flow.ts': text }), 'flow.ts'))
  expect(places(problems)).toEqual(['STEP_NAME_INVALID 4:7', 'STEP_UNREACHABLE 4:7', 'NEXT_WITHOUT_TARGET 4:17'])
})

it('goes on below a field that cannot be read', async () => {
  await expectProblems(
    `@step start() { const name = 'x'; this.next(this.a, { foreach: ‸name }) }
@step a() { this.next(‸this.end) }
@step end() {}`,
    ['FOREACH_NOT_LITERAL', 'SPLIT_NOT_JOINED'],
  )
})

it('reports problems of decorators and parameters with those of the graph, with their places', async () => {
  await expectProblems(
    `@retry({ times: -1 }) @step ‸start() { this.next(this.a) }
@retry ‸helper() {}
@step a() { this.next(‸this.nowhere) }
@step end() {}`,
    ['DECORATOR_OPTION_INVALID', 'DECORATOR_WITHOUT_STEP', 'NEXT_TARGET_UNKNOWN'],
  )
})

it('knows a marked start although the flow could not be described', async () => {
  await expectProblems(
    `@retry({ times: -1 }) @step({ start: true }) ‸begin() { this.next(this.finish) }
@step({ end: true }) finish() {}`,
    ['DECORATOR_OPTION_INVALID'],
  )
})

it('reports an override without @step once', async () => {
  const space = workspace({
    'base.ts': `import { FlowSpec, step } from 'flowctl'
export class Base extends FlowSpec {
  @step start() { this.next(this.end) }
  @step end() {}
}`,
    'flow.ts': `import { Base } from './base.ts'
export default class Derived extends Base {
  override end() {}
}`,
  })
  const problems = await problemsOf(openFlow(space, 'flow.ts'))
  expect(places(problems)).toEqual(['STEP_OVERRIDE_UNDECORATED 3:12'])
  expect(problems[0]?.message).toContain('replaces a step of Base')
})

const FOLLOW_UPS: Readonly<Record<string, readonly [body: string, code: string]>> = {
  'what only a mistyped name leads to is not unreachable': [
    `@step start() { this.next(‸this.trian) }\n@step train() { this.next(this.end) }\n@step end() {}`,
    'NEXT_TARGET_UNKNOWN',
  ],
  'what only an unreadable target may lead to is not unreachable': [
    `@step start() { const to = this.a; this.next(‸to) }\n@step a() { this.next(this.b) }\n@step b() { this.next(this.end) }\n@step end() {}`,
    'NEXT_TARGET_UNREADABLE',
  ],
  'what comes after a missing transition is not unreachable': [
    `@step ‸start() {}\n@step a() { this.next(this.end) }\n@step end() {}`,
    'NEXT_MISSING',
  ],
  'a branch that is lost does not make the join incomplete': [
    `@step start() { this.next(this.a, this.b) }\n@step a() { this.next(this.j) }\n@step b() { this.next(‸this.nowhere) }\n@step j(inputs: unknown) { this.next(this.end) }\n@step end() {}`,
    'NEXT_TARGET_UNKNOWN',
  ],
  'a join after an unreadable split is not without one': [
    `@step start() { const to = this.b; this.next(this.a, ‸to) }\n@step a() { this.next(this.j) }\n@step b() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n@step end() {}`,
    'NEXT_TARGET_UNREADABLE',
  ],
  'a branch that ends too early is not missing in the join as well': [
    `@step start() { this.next(this.a, this.b, this.c) }\n@step a() { this.next(this.j) }\n@step b() { this.next(this.j) }\n@step c() { this.next(‸this.end) }\n@step j(inputs: unknown) { this.next(this.end) }\n@step end() {}`,
    'SPLIT_NOT_JOINED',
  ],
  'a circle through the start is one problem': [
    `@step start() { this.next(this.a) }\n@step a() { this.next(‸this.start) }\n@step end() {}`,
    'START_HAS_INCOMING',
  ],
  'a circle hides nothing that comes after it and invents nothing': [
    `size = ''\n@step start() { this.next(this.a, this.b) }\n@step a() { this.next(this.c) }\n@step c() { this.next({ x: ‸this.a, y: this.d }, { condition: 'size' }) }\n@step d() { this.next(this.j) }\n@step b() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n@step end() {}`,
    'LOOP_TOO_LONG',
  ],
  'a missing join parameter is not also an unjoined split': [
    `@step start() { this.next(this.a, this.b) }\n@step a() { this.next(this.c) }\n@step b() { this.next(this.c) }\n@step ‸c() { this.next(this.end) }\n@step end() {}`,
    'JOIN_PARAMETER_MISSING',
  ],
  'a method without @step is one problem however many lead to it': [
    `list = [1]\n@step start() { this.next(‸this.a, { foreach: 'list' }) }\na() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n@step end() {}`,
    'NEXT_TARGET_NOT_STEP',
  ],
  'steps that lead to each other are unreachable together': [
    `size = ''\n@step start() { this.next(this.end) }\n@step ‸a() { this.next(this.b) }\n@step b() { this.next(this.c) }\n@step c() { this.next(this.end) }\n@step end() {}`,
    'STEP_UNREACHABLE',
  ],
  'a flow whose last step has another name has one problem': [
    `@step start() { this.next(this.a) }\n@step a() { this.next(this.finish) }\n@step ‸finish() {}`,
    'END_MISSING',
  ],
}

it.each(Object.entries(FOLLOW_UPS))('%s', async (_, [body, code]) => {
  await expectProblems(body, [code])
})

it('names the splits of a join that mixes them', async () => {
  const body = `@step start() { this.next(this.a, this.b) }
@step a() { this.next(this.c, this.d) }
@step b() { this.next(this.e, this.f) }
@step c() { this.next(this.j) }
@step d() { this.next(this.k) }
@step e() { this.next(this.j) }
@step f() { this.next(this.k) }
@step j(‸inputs: unknown) { this.next(this.l) }
@step k(‸inputs: unknown) { this.next(this.l) }
@step l(inputs: unknown) { this.next(this.end) }
@step end() {}`
  await expectProblems(body, ['JOIN_UNRELATED_SPLITS', 'JOIN_UNRELATED_SPLITS'])
  const [first] = await problemsOf(openFlow(workspace({ 'flow.ts': marked(inClass(body)).text }), 'flow.ts'))
  expect(first?.message).toContain('"c" of "a"; "e" of "b"')
})

it('finds a switch that leads to different joins of one split', async () => {
  await expectProblems(
    `size = ''
@step start() { this.next(this.a, this.b) }
@step a() { this.next({ x: this.c, y: this.d }, { condition: 'size' }) }
@step b() { this.next(this.j) }
@step c() { this.next(this.j) }
@step d() { this.next(this.k) }
@step j(‸inputs: unknown) { this.next(this.end) }
@step k(inputs: unknown) { this.next(this.end) }
@step end() {}`,
    ['JOIN_INCOMPLETE'],
  )
})

it('says that a class without steps has none', async () => {
  const space = workspace({
    'flow.ts': `import { FlowSpec } from 'flowctl'\nexport default class Empty extends FlowSpec {}`,
  })
  const problems = await problemsOf(openFlow(space, 'flow.ts'))
  expect(places(problems)).toEqual(['FLOW_WITHOUT_STEPS 2:22'])
})

it('says that a step made at run time cannot be read', async () => {
  const space = workspace({
    'flow.ts': `import { FlowSpec, step } from 'flowctl'
const task = step
const name = 'a'
export default class Dynamic extends FlowSpec {
  @step start() { this.next(this.end) }
  @task [name]() {}
  @task end() {}
}`,
  })
  const problems = await problemsOf(openFlow(space, 'flow.ts'))
  expect(places(problems)).toEqual(['STEP_UNREADABLE 4:22'])
  expect(problems[0]?.message).toContain("'a'")
})

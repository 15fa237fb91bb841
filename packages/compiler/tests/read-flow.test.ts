import { mkdirSync, symlinkSync } from 'node:fs'

import type { SourceFlow } from '@flowctl/core'
import { describe, expect, it } from 'vitest'

import { compileFlow } from '../src/index.ts'
import { inClass, openFlow, places, problemsOf } from './open-flow.ts'
import { workspace } from './workspace.ts'

async function sourceOf(files: Readonly<Record<string, string>>): Promise<SourceFlow> {
  const space = workspace(files)
  return (await compileFlow(space.path('flow.ts'), { cacheDir: space.cacheDir })).source
}

async function readsOf(members: string, step = 'start'): Promise<readonly string[]> {
  const source = await sourceOf({ 'flow.ts': inClass(`${members}\n@step end() {}`) })
  return source.steps.find((one) => one.name === step)?.reads ?? []
}

describe('what a step reads', () => {
  it.each<[string, string, readonly string[]]>([
    ['fields', 'this.a; this["b"]; const { c, d: e = this.f } = this; void [c, e]', ['a', 'b', 'c', 'd', 'f']],
    [
      'what it changes in place',
      'this.list.push(1); this.count += 1; this.n++; this.o.p = 2',
      ['list', 'count', 'n', 'o'],
    ],
    ['nothing of what it surely set before', 'this.a = 1; console.log(this.a); this.b', ['b']],
    ['what it may not have set', 'if (x) this.a = 1; console.log(this.a)', ['a']],
    ['the old value when it computes the new one', 'this.a = this.a + 1', ['a']],
    [
      'in closures, but not in functions with a this of their own',
      '[1].map(() => this.a); [1].map(function () { return this.b })',
      ['a'],
    ],
    ['nothing of FlowSpec', 'this.input; this.index; this.foreachStack()', []],
    ['through casts', 'void (this as any).a; this.b!.c', ['a', 'b']],
  ])('is %s', async (_, body, expected) => {
    expect(await readsOf(`@step start() { ${body}; this.next(this.end) }`)).toEqual(expected)
  })

  it('goes through helpers, accessors, arrow fields and private methods, also when they call each other', async () => {
    const members = `
      helper() { return this.a + this.#secret() + this.again() }
      again() { this.helper(); return this.arrow() }
      #secret() { return this.b }
      arrow = () => this.c + this.total
      get total() { return this.d }
      unused() { return this.never }
      @step start() { [1].map(this.helper); this.next(this.end) }`
    expect(await readsOf(members)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('has the field a foreach or switch looks at, unless just set', async () => {
    const body = (set: string): string => `items = [1]
      @step start() { ${set}; this.next(this.a, { foreach: 'items' }) }
      @step a() { this.next(this.j) }
      @step j(inputs: unknown) { this.next(this.end) }`
    expect(await readsOf(body(''))).toEqual(['items'])
    expect(await readsOf(body('this.items = []'))).toEqual([])
  })
})

describe('docstrings', () => {
  it('are those right above a class or step, without stars and tags', async () => {
    const source = await sourceOf({
      'flow.ts': `/** The licence. */
import { FlowSpec, step } from 'flowctl'
/** Not this. */
const other = 1
/**
 * Trains a model.
 *
 *   Indented.
 * @see elsewhere
 */
export default class Documented extends FlowSpec {
  /** Of a field. */
  x = other
  /** Begins. */
  @step start() { this.next(this.middle) }
  @step /** Between. */ middle() { this.next(this.end) }
  // Not a docstring.
  @step end() { /** Inside. */ }
}`,
    })
    expect(source.doc).toBe('Trains a model.\n\n  Indented.')
    expect(source.steps.map((step) => step.doc)).toEqual(['Begins.', 'Between.', ''])
  })
})

describe('base classes', () => {
  const BASE = `import { FlowSpec, step } from 'flowctl'
export abstract class Base extends FlowSpec {
  /** Base start. */
  @step start() { this.shared = 1; this.next(this.middle) }
  @step middle() { this.next(this.end) }
  @step end() {}
  shared = 0
}`

  it('give their steps first; the derived one wins', async () => {
    const space = workspace({
      'base.ts': BASE,
      'barrel.ts': `export * from './base'\nexport { step as task } from 'flowctl'`,
      'flow.ts': `import { Base, task } from './barrel'
export default class Derived extends Base {
  @task extra() { this.next(this.end) }
  /** Mine. */
  @task override middle() { super.start(); this.next(this.extra) }
}`,
    })
    const graph = await openFlow(space, 'flow.ts')
    expect(Object.keys(graph.steps)).toEqual(['start', 'middle', 'end', 'extra'])
    expect(graph.steps['middle']).toMatchObject({ doc: 'Mine.', transition: { kind: 'linear', to: 'extra' } })
    expect(graph.steps['middle']?.at.file).toBe(space.path('flow.ts'))
    expect(graph.steps['start']?.at).toEqual({ file: space.path('base.ts'), line: 4, column: 9 })
  })

  it('may be named through namespaces, aliases and default exports', async () => {
    const space = workspace({
      'base.ts': BASE.replace('abstract class', 'class') + '\nexport default Base',
      'flow.ts': `import * as bases from './base'
import Default from './base'
const Alias = bases.Base
class Middle extends Alias {}
void Default
const Flow = class extends Middle {}
export { Flow as default }`,
    })
    expect((await openFlow(space, 'flow.ts')).flow).toBe('Flow')
  })

  it('are found behind links, tsconfig paths and workspace packages', async () => {
    const space = workspace({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@base": ["./lib/base.ts"] } } }',
      'lib/base.ts': BASE,
      'packages/shared/package.json':
        '{ "name": "shared", "version": "1.0.0", "type": "module", "exports": "./src.ts" }',
      'packages/shared/src.ts': `export { Base as Shared } from '../../lib/base'`,
      'flows/byPath.ts': `import { Base } from '@base'\nexport default class ByPath extends Base {}`,
      'flows/byPackage.ts': `import { Shared } from 'shared'\nexport default class ByPackage extends Shared {}`,
    })
    mkdirSync(space.path('node_modules'))
    symlinkSync(space.path('packages/shared'), space.path('node_modules/shared'))
    symlinkSync(space.path('flows'), space.path('linked'))
    for (const name of ['linked/byPath.ts', 'linked/byPackage.ts', 'flows/byPackage.ts']) {
      expect(Object.keys((await openFlow(space, name)).steps)).toEqual(['start', 'middle', 'end'])
    }
  })

  it.each([
    [
      `import { Base } from 'somewhere'\nexport default class F extends Base {}`,
      'FLOW_BASE_IN_PACKAGE 2:32',
      "of the package 'somewhere'",
    ],
    [
      `import { FlowSpec } from 'flowctl'\nconst mix = (x: typeof FlowSpec) => x\nexport default class F extends mix(FlowSpec) {}`,
      'FLOW_BASE_UNREADABLE 3:32',
      "'mix(FlowSpec)'",
    ],
    [`class Other {}\nexport default class F extends Other {}`, 'FLOW_CLASS_NOT_FLOWSPEC 1:7', 'its base class Other'],
    [`export default class F {}`, 'FLOW_CLASS_NOT_FLOWSPEC 1:22', 'The class F does not extend FlowSpec.'],
    [
      `import { step } from 'flowctl'\nexport default class F extends step {}`,
      'FLOW_CLASS_NOT_FLOWSPEC 2:32',
      'F does not extend FlowSpec',
    ],
  ])('are errors when they cannot be followed: %s', async (text, place, message) => {
    const space = workspace({
      'flow.ts': text,
      'node_modules/somewhere/package.json': '{ "name": "somewhere", "version": "1.0.0", "main": "index.js" }',
      'node_modules/somewhere/index.js': 'exports.Base = class {}',
    })
    const problems = await problemsOf(compileFlow(space.path('flow.ts'), { cacheDir: space.cacheDir }))
    expect(places(problems)).toEqual([place])
    expect(problems[0]?.message).toContain(message)
  })
})

describe('finding the flow', () => {
  const flow = (name: string, modifier = ''): string =>
    `${modifier} class ${name} extends FlowSpec { @step start() { this.next(this.end) } @step end() {} }\n`
  const file = (...classes: readonly string[]): string =>
    `import { FlowSpec, step } from 'flowctl'\n${classes.join('')}`

  it.each([
    ['the default export', file(flow('A', 'export'), flow('B', 'export default')), 'B'],
    ['the only one exported', file(flow('A'), flow('B', 'export'), 'export class Helper {}'), 'B'],
    ['not an abstract one', file(flow('A', 'export abstract'), 'export class B extends A {}'), 'B'],
    ['the same one exported twice', file(flow('A', 'export'), 'export { A as Again }'), 'A'],
  ])('takes %s', async (_, text, name) => {
    expect((await sourceOf({ 'flow.ts': text })).flow).toBe(name)
  })

  it.each([
    ['several', file(flow('A', 'export'), flow('B', 'export')), 'FLOW_FILE_SEVERAL_FLOWS 3:8', 'A, B'],
    ['none', 'export const x = 1', 'FLOW_FILE_WITHOUT_FLOW 1:1', 'holds no flow'],
    ['none, in a script', 'console.log(1)', 'FLOW_FILE_WITHOUT_FLOW 1:1', 'holds no flow'],
    [
      'one that is not exported',
      file(flow('A')) + 'export {}\nconsole.log(A)',
      'FLOW_FILE_WITHOUT_FLOW 2:8',
      'A is not exported',
    ],
    ['a default that is no class', file('export default 1'), 'FLOW_DEFAULT_NOT_CLASS 2:16', 'not a class'],
    ['one without a name', file(flow('', 'export default')), 'FLOW_CLASS_UNNAMED 2:16', 'has no name'],
  ])('refuses %s', async (_, text, place, message) => {
    const space = workspace({ 'flow.ts': text })
    const problems = await problemsOf(compileFlow(space.path('flow.ts'), { cacheDir: space.cacheDir }))
    expect(places(problems)).toEqual([place])
    expect(problems[0]?.message).toContain(message)
  })
})

describe('transitions', () => {
  it('are read in every way of writing them', async () => {
    const source = await sourceOf({
      'flow.ts': inClass(`size = 'x'
        items = [1]
        @step start() { return this.next((this.a as any), this['b'],) }
        @step async a() { await this.next(this.j); }
        @step b() { this.next(this.j);; }
        @step j(this: Bad, inputs: unknown) { this.next(this.choose!) }
        @step choose() { this.next({ small: this.fan, 'very large': this.choose, 3: this.end, [\`t\`]: this.end, true: this.end }, { condition: \`size\` }) }
        @step fan() { this.next(this.each, { 'foreach': "items" }) }
        @step each() { this.next(this.k) }
        @step k(...inputs: unknown[]) { this.next(this.end) }
        @step end() {}`),
    })
    expect(source.steps.flatMap((step) => step.next?.problems ?? [])).toEqual([])
    expect(source.steps.map((step) => step.next?.transition)).toEqual([
      { kind: 'split', to: ['a', 'b'] },
      { kind: 'linear', to: 'j' },
      { kind: 'linear', to: 'j' },
      { kind: 'linear', to: 'choose' },
      {
        kind: 'switch',
        condition: 'size',
        cases: [
          { value: 'small', to: 'fan' },
          { value: 'very large', to: 'choose' },
          { value: '3', to: 'end' },
          { value: 't', to: 'end' },
          { value: 'true', to: 'end' },
        ],
      },
      { kind: 'foreach', to: 'each', over: 'items' },
      { kind: 'linear', to: 'k' },
      { kind: 'linear', to: 'end' },
      undefined,
    ])
    expect(source.steps.filter((step) => step.parameters > 0).map((step) => step.name)).toEqual(['j', 'k'])
  })

  it('are not mistaken for calls with another this', async () => {
    const source = await sourceOf({
      'flow.ts': inClass(`@step start() {
          const other = { next(x: unknown) {} , go() { this.next(1) } }
          function plain(this: any) { this.next(2) }
          class Inner { next(x: number) { this.next(3) } }
          void [other, plain, Inner]
          this.next(this.end)
        }
        @step end() {}`),
    })
    expect(source.steps[0]?.next).toMatchObject({ transition: { kind: 'linear', to: 'end' }, problems: [] })
  })

  it('do not blame a foreach field that other code may set', async () => {
    const body = (first: string): string =>
      inClass(`@step start() { ${first}; this.next(this.a, { foreach: 'items' }) }
@step a() { this.next(this.j) }
@step j(inputs: unknown) { this.next(this.end) }
@step end() {}`)
    const set = await openFlow(workspace({ 'flow.ts': body('Object.assign(this, { items: [1] })') }), 'flow.ts')
    expect(set.steps['start']?.transition.kind).toBe('foreach')
    for (const way of [
      '[this.items] = [[1]]',
      'for (this.items of [[1]]) void 0',
      '({ x: this.items } = { x: [1] })',
      'this.items ??= [1]',
    ]) {
      await openFlow(workspace({ 'flow.ts': body(way) }), 'flow.ts')
    }
  })
})

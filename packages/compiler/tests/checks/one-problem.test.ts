import { describe, expect, it } from 'vitest'

import { inClass, marked, openFlow, places, problemsOf } from '../open-flow.ts'
import { workspace } from '../workspace.ts'

interface Case {
  readonly code: string
  /** `‸` stands before the place that the error names. */
  readonly body: string
  readonly says: readonly string[]
}

const END = '@step end() {}'

const CASES: Readonly<Record<string, readonly Case[]>> = {
  terminals: [
    {
      code: 'START_MISSING',
      body: `@step ‸first() { this.next(this.end) }\n${END}`,
      says: ['no start step', '@step({ start: true })', "'first'"],
    },
    {
      code: 'END_MISSING',
      body: `@step start() { this.next(this.last) }\n@step ‸last() {}`,
      says: ['no end step', '@step({ end: true })', "'last'"],
    },
    {
      code: 'START_SEVERAL',
      body: `@step({ start: true }) a() { this.next(this.b) }\n@step({ start: true }) ‸b() { this.next(this.end) }\n${END}`,
      says: ['2 steps are marked as the start', "'a', 'b'"],
    },
    {
      code: 'END_SEVERAL',
      body: `size = ''\n@step start() { this.next({ x: this.a, y: this.b }, { condition: 'size' }) }\n@step({ end: true }) a() {}\n@step({ end: true }) ‸b() {}`,
      says: ['2 steps are marked as the end', "'a', 'b'"],
    },
    {
      code: 'START_AMBIGUOUS',
      body: `@step({ start: true }) ‸a() { this.next(this.start) }\n@step start() { this.next(this.end) }\n${END}`,
      says: ["'a' is marked as the start", "called 'start'"],
    },
    {
      code: 'END_AMBIGUOUS',
      body: `@step start() { this.next(this.end) }\n@step end() { this.next(this.a) }\n@step({ end: true }) ‸a() {}`,
      says: ["'a' is marked as the end", "called 'end'"],
    },
    {
      code: 'START_HAS_INCOMING',
      body: `@step start() { this.next(this.a) }\n@step a() { this.size = 'x'; this.next({ x: ‸this.start, y: this.end }, { condition: 'size' }) }\n${END}\nsize = ''`,
      says: ["'a' leads to 'start'"],
    },
    {
      code: 'END_HAS_NEXT',
      body: `@step start() { this.next(this.end) }\n@step end() { ‸this.next(this.start) }`,
      says: ["'end'", 'Remove'],
    },
    {
      code: 'END_IS_JOIN',
      body: `@step start() { this.next(this.a, this.b) }\n@step a() { this.next(this.end) }\n@step b() { this.next(this.end) }\n@step end(‸inputs: Inputs<this>) {}`,
      says: ["'end' takes a parameter", 'Put a join before it'],
    },
  ],
  names: [
    {
      code: 'STEP_NAME_RESERVED',
      body: `@step start() { this.next(this.inputs) }\n@step ‸inputs() { this.next(this.end) }\n${END}`,
      says: ["'inputs'", 'FlowSpec has a member'],
    },
    {
      code: 'STEP_NAME_RESERVED',
      body: `@step start() { this.next(this.then) }\n@step ‸then() { this.next(this.end) }\n${END}`,
      says: ["'then'", 'JavaScript'],
    },
    {
      code: 'STEP_NAME_RESERVED',
      body: `@step start() { this.next(this.aux) }\n@step ‸aux() { this.next(this.end) }\n${END}`,
      says: ["'aux'", 'Windows'],
    },
    {
      code: 'STEP_NAME_RESERVED',
      body: `@step start() { this.next(this.foreachStack) }\n@step ‸foreachStack() { this.next(this.end) }\n${END}`,
      says: ["'foreachStack'", 'FlowSpec has a member'],
    },
    {
      code: 'STEP_NAME_INVALID',
      body: `@step start() { this.next(this._fit) }\n@step ‸_fit() { this.next(this.end) }\n${END}`,
      says: ["'_fit'", 'starts with a letter'],
    },
    {
      code: 'STEP_NAME_INVALID',
      body: `@step start() { this.next(this['fit-model']) }\n@step ‸'fit-model'() { this.next(this.end) }\n${END}`,
      says: ["'fit-model'"],
    },
    {
      code: 'STEP_NAMES_DIFFER_BY_CASE',
      body: `@step start() { this.next(this.fit) }\n@step fit() { this.next(this.Fit) }\n@step ‸Fit() { this.next(this.end) }\n${END}`,
      says: ["'fit' and 'Fit'"],
    },
    {
      code: 'STEP_NAME_IS_ARTIFACT',
      body: `@step start() { ‸this.model = 1; this.next(this.model) }\n@step model() { this.next(this.end) }\n${END}`,
      says: ["'model'", 'hides the step'],
    },
    {
      code: 'STEP_NAME_IS_ARTIFACT',
      body: `‸model = 1\n@step start() { this.next(this.model) }\n@step model() { this.next(this.end) }\n${END}`,
      says: ["'model'"],
    },
    {
      code: 'STEP_DEFINED_TWICE',
      body: `@step start() { this.next(this.end) }\n@step ‸start() { this.next(this.end) }\n${END}`,
      says: ['already defined in line 3'],
    },
  ],
  methods: [
    {
      code: 'STEP_TOO_MANY_PARAMETERS',
      body: `@step start() { this.next(this.a, this.b) }\n@step a() { this.next(this.j) }\n@step b() { this.next(this.j) }\n@step j(‸inputs: unknown, more: unknown) { this.next(this.end) }\n${END}`,
      says: ["'j' takes 2 parameters"],
    },
    {
      code: 'STEP_IS_GENERATOR',
      body: `@step *‸start() { this.next(this.end) }\n${END}`,
      says: ["'start' is a generator"],
    },
    {
      code: 'STEP_UNDECORATED',
      body: `@step start() { this.next(this.end) }\nleave() { ‸this.next(this.end) }\n${END}`,
      says: ["'leave'", 'Write @step before it'],
    },
    {
      code: 'JOIN_SPLITS',
      body: `@step start() { this.next(this.a, this.b) }\n@step a() { this.next(this.j) }\n@step b() { this.next(this.j) }\n@step j(inputs: unknown) { ‸this.next(this.c, this.d) }\n@step c() { this.next(this.k) }\n@step d() { this.next(this.k) }\n@step k(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["'j' is a join and a split"],
    },
    {
      code: 'JOIN_SPLITS',
      body: `list = [1]\n@step start() { this.next(this.a, { foreach: 'list' }) }\n@step a() { this.next(this.j) }\n@step j(inputs: unknown) { ‸this.next(this.c, { foreach: 'list' }) }\n@step c() { this.next(this.k) }\n@step k(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["'j' is a join and a foreach"],
    },
  ],
  transitions: [
    { code: 'NEXT_MISSING', body: `@step ‸start() {}\n@step end() {}`, says: ["'start'", 'this.next(this.end)'] },
    {
      code: 'NEXT_NOT_LAST',
      body: `@step start() { ‸this.next(this.end); console.log(1) }\n${END}`,
      says: ['followed by other statements', 'last statement'],
    },
    {
      code: 'NEXT_NESTED',
      body: `@step start() { if (Math.random() > 1) ‸this.next(this.a); else this.next(this.end) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ['inside another statement', 'condition'],
    },
    {
      code: 'NEXT_NESTED',
      body: `@step start() { setTimeout(() => { ‸this.next(this.end) }) }\n${END}`,
      says: ['inside another statement'],
    },
    {
      code: 'NEXT_TWICE',
      body: `@step start() { this.next(this.a); ‸this.next(this.end) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ['more than once'],
    },
    {
      code: 'NEXT_WITHOUT_TARGET',
      body: `@step start() { ‸this.next() }\n${END}`,
      says: ['this.next() names no step'],
    },
    {
      code: 'NEXT_TARGET_UNREADABLE',
      body: `@step start() { const to = this.end; this.next(‸to) }\n${END}`,
      says: ["'to' is not a step that can be read"],
    },
    {
      code: 'NEXT_TARGET_UNREADABLE',
      body: `@step start() { this.next(‸...[this.end]) }\n${END}`,
      says: ["'...[this.end]'"],
    },
    {
      code: 'NEXT_OPTION_UNKNOWN',
      body: `list = [1]\n@step start() { this.next(this.a, { foreach: 'list', ‸numParallel: 3 }) }\n@step a() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["no option 'numParallel'"],
    },
    {
      code: 'NEXT_OPTIONS_UNREADABLE',
      body: `size = ''\n@step start() { const how = { condition: 'size' }; this.next({ a: this.a, b: this.end }, ‸how) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ["the options 'how'"],
    },
    {
      code: 'NEXT_TARGET_UNKNOWN',
      body: `@step start() { this.next(‸this.trian) }\n@step train() { this.next(this.end) }\n${END}`,
      says: ["'trian'", "Did you mean 'train'?"],
    },
    {
      code: 'NEXT_TARGET_UNKNOWN',
      body: `@step start() { this.next(‸this.elsewhere) }\n${END}`,
      says: ["'elsewhere'", "Add a step called 'elsewhere'"],
    },
    {
      code: 'NEXT_TARGET_NOT_STEP',
      body: `@step start() { this.next(‸this.train) }\ntrain() { this.next(this.end) }\n${END}`,
      says: ["'train', which is a method, not a step", "Write @step before 'train'"],
    },
    {
      code: 'NEXT_TARGET_NOT_STEP',
      body: `items = [1]\n@step start() { this.next(‸this.items) }\n${END}`,
      says: ["'items', which is a field, not a step"],
    },
  ],
  branching: [
    {
      code: 'SPLIT_TARGET_TWICE',
      body: `@step start() { this.next(this.a, ‸this.a) }\n@step a() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["splits to 'a' twice"],
    },
    {
      code: 'BRANCH_WITHOUT_STEP',
      body: `@step start() { this.next(this.a, ‸this.j) }\n@step a() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["straight to the join 'j'"],
    },
    {
      code: 'FOREACH_NOT_LITERAL',
      body: `list = [1]\n@step start() { const name = 'list'; this.next(this.a, { foreach: ‸name }) }\n@step a() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["foreach is 'name'", 'in quotes'],
    },
    {
      code: 'FOREACH_SEVERAL_TARGETS',
      body: `list = [1]\n@step start() { ‸this.next(this.a, this.b, { foreach: 'list' }) }\n@step a() { this.next(this.j) }\n@step b() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ['it takes one'],
    },
    {
      code: 'FOREACH_FIELD_UNKNOWN',
      body: `items = [1]\n@step start() { this.next(this.a, { foreach: ‸'itmes' }) }\n@step a() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["'itmes', which is never assigned", "Did you mean 'items'?"],
    },
    {
      code: 'FOREACH_FIELD_UNKNOWN',
      body: `load() {}\n@step start() { this.next(this.a, { foreach: ‸'load' }) }\n@step a() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["'load', which is a method"],
    },
    {
      code: 'FOREACH_WITHOUT_BODY',
      body: `list = [1]\n@step start() { this.next(‸this.j, { foreach: 'list' }) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["straight to the join 'j'", 'at least one step'],
    },
    {
      code: 'SWITCH_CASES_MISSING',
      body: `size = ''\n@step start() { ‸this.next(this.a, { condition: 'size' }) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ['no cases to choose from'],
    },
    {
      code: 'SWITCH_CASE_UNREADABLE',
      body: `size = ''\n@step start() { const key = 'a'; this.next({ ‸[key]: this.a, b: this.end }, { condition: 'size' }) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ["the case '[key]: this.a'"],
    },
    {
      code: 'SWITCH_CONDITION_MISSING',
      body: `@step start() { ‸this.next({ a: this.a, b: this.end }) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ['no condition'],
    },
    {
      code: 'SWITCH_CONDITION_NOT_LITERAL',
      body: `size = ''\n@step start() { this.next({ a: this.a, b: this.end }, { condition: ‸this.size }) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ["the condition is 'this.size'", 'in quotes'],
    },
    {
      code: 'SWITCH_TOO_FEW_CASES',
      body: `size = ''\n@step start() { this.next(‸{ a: this.a }, { condition: 'size' }) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ['fewer than two cases'],
    },
    {
      code: 'SWITCH_WITH_FOREACH',
      body: `size = ''\n@step start() { ‸this.next({ a: this.a, b: this.end }, { condition: 'size', foreach: 'size' }) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ['both a switch and a foreach'],
    },
    {
      code: 'SWITCH_FIELD_UNKNOWN',
      body: `@step start() { this.next({ a: this.a, b: this.end }, { condition: ‸'size' }) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ["'size', which is never assigned", 'this.size = ...'],
    },
    {
      code: 'SWITCH_CASE_TO_JOIN',
      body: `size = ''\n@step start() { this.next(this.a, this.b) }\n@step a() { this.next({ x: this.c, y: ‸this.j }, { condition: 'size' }) }\n@step b() { this.next(this.j) }\n@step c() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["switch 'a' leads straight to the join 'j'", 'Put a step between'],
    },
  ],
  shape: [
    {
      code: 'LOOP_TOO_LONG',
      body: `@step start() { this.next(this.a) }\n@step a() { this.next(this.b) }\nstate = ''\n@step b() { this.next({ again: ‸this.a, done: this.end }, { condition: 'state' }) }\n${END}`,
      says: ['a -> b -> a', 'Only a single step can repeat'],
    },
    {
      code: 'LOOP_ENDLESS',
      body: `state = ''\n@step start() { this.next({ x: this.a, y: this.end }, { condition: 'state' }) }\n@step a() { this.next(‸this.a) }\n${END}`,
      says: ["'a' leads to itself"],
    },
    {
      code: 'STEP_UNREACHABLE',
      body: `@step start() { this.next(this.end) }\n@step ‸a() { this.next(this.b) }\n@step b() { this.next(this.end) }\n${END}`,
      says: ["Nothing leads to step 'a' from 'start'", 'this.next(this.a)'],
    },
    {
      code: 'SPLIT_NOT_JOINED',
      body: `@step start() { this.next(this.a, this.b) }\n@step a() { this.next(‸this.end) }\n@step b() { this.next(this.end) }\n${END}`,
      says: ["'end' is reached from 'a', 'b' before the branches of 'start' were joined"],
    },
    {
      code: 'SPLIT_NOT_JOINED',
      body: `list = [1]\n@step start() { this.next(this.a, { foreach: 'list' }) }\n@step a() { this.next(‸this.end) }\n${END}`,
      says: ["branches of 'start'"],
    },
    {
      code: 'JOIN_INCOMPLETE',
      body: `@step start() { this.next(this.a, this.b, this.c) }\n@step a() { this.next(this.j) }\n@step b() { this.next(this.j) }\n@step j(‸inputs: unknown) { this.next(this.k) }\n@step c() { this.next(this.k) }\n@step k(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["'j' receives 'a', 'b' of the split 'start', but not 'c'", 'one and the same join'],
    },
    {
      code: 'JOIN_WITHOUT_SPLIT',
      body: `@step start() { this.next(this.j) }\n@step j(‸inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ['no split or foreach to join'],
    },
    {
      code: 'JOIN_PARAMETER_MISSING',
      body: `@step start() { this.next(this.a, this.b) }\n@step a() { this.next(this.c) }\n@step b() { this.next(this.c) }\n@step ‸c() { this.next(this.end) }\n${END}`,
      says: ["Branches of 'start' meet in step 'c' (from 'a', 'b')", 'c(inputs: Inputs<this>)'],
    },
    {
      code: 'STEP_IN_AND_OUT',
      body: `list = [1]\nsize = ''\n@step start() { this.next({ x: this.f, y: this.m }, { condition: 'size' }) }\n@step f() { this.next(this.a, { foreach: 'list' }) }\n@step a() { this.next(this.m) }\n@step ‸m() { this.next(this.end) }\n${END}`,
      says: ["'m' is reached from 'a' inside the split 'f' and from 'start' outside of it"],
    },
  ],
  fields: [
    {
      code: 'PRIVATE_FIELD_WRITTEN',
      body: `#secret = 0\n@step start() { ‸this.#secret = 1; this.next(this.end) }\n${END}`,
      says: ["'#secret'", 'lost', 'this.secret'],
    },
    {
      code: 'PRIVATE_FIELD_WRITTEN',
      body: `#count = 0\nbump = () => { ‸this.#count++ }\n@step start() { this.bump(); this.next(this.a) }\n@step a() { this.bump(); this.next(this.end) }\n${END}`,
      says: ["'start' writes to '#count'"],
    },
    {
      code: 'CATCH_ON_BRANCHING_STEP',
      body: `list = [1]\n@catchError @step ‸start() { this.next(this.a, { foreach: 'list' }) }\n@step a() { this.next(this.j) }\n@step j(inputs: unknown) { this.next(this.end) }\n${END}`,
      says: ["'start' has @catchError, but it is a foreach"],
    },
    {
      code: 'CATCH_ON_BRANCHING_STEP',
      body: `size = ''\n@catchError({ var: 'e' }) @step ‸start() { this.next({ x: this.a, y: this.end }, { condition: 'size' }) }\n@step a() { this.next(this.end) }\n${END}`,
      says: ['it is a switch'],
    },
  ],
}

for (const [group, cases] of Object.entries(CASES)) {
  describe(group, () => {
    it.each(cases.map((one) => [one.code, one] as const))('%s', async (code, { body, says }) => {
      const { text, places: expected } = marked(inClass(body))
      const space = workspace({ 'flow.ts': text })
      const problems = await problemsOf(openFlow(space, 'flow.ts'))
      expect(places(problems)).toEqual(expected.map((place) => `${code} ${place}`))
      for (const problem of problems) {
        expect(problem.at?.file).toBe(space.path('flow.ts'))
        for (const part of says) expect(`${problem.message} ${problem.fix}`).toContain(part)
      }
    })
  })
}

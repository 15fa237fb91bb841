import { entry } from '../define/entry.ts'
import { FORMS, maybe, type InTransition } from './words.ts'

/** How `this.next(...)` is written, and what it names. */
export const transitionErrors = {
  NEXT_MISSING: entry<{ step: string; end: string }>({
    exit: 2,
    when: 'A step other than the end does not call this.next(...).',
    message: (d) => `Step '${d.step}' does not say what comes after it.`,
    fix: (d) => `End it with this.next(...), for example this.next(this.${d.end}).`,
  }),
  NEXT_NOT_LAST: entry<InTransition>({
    exit: 2,
    when: 'Statements follow the call of this.next(...).',
    message: (d) => `In step '${d.step}', this.next(...) is followed by other statements.`,
    fix: () => 'Make it the last statement of the step.',
  }),
  NEXT_NESTED: entry<InTransition>({
    exit: 2,
    when: 'this.next(...) stands inside a condition, a loop, a try block or a function.',
    message: (d) =>
      `In step '${d.step}', this.next(...) stands inside another statement, so the graph depends on what runs.`,
    fix: () =>
      "Make it the last statement of the step. To choose at run time: this.next({ x: this.a, y: this.b }, { condition: 'field' }).",
  }),
  NEXT_TWICE: entry<InTransition>({
    exit: 2,
    when: 'A step calls this.next(...) more than once.',
    message: (d) => `Step '${d.step}' calls this.next(...) more than once.`,
    fix: () => 'Keep one call, the last statement. To lead to several steps at once: this.next(this.a, this.b).',
  }),
  NEXT_WITHOUT_TARGET: entry<InTransition>({
    exit: 2,
    when: 'this.next(...) names no step.',
    message: (d) => `In step '${d.step}', ${d.text} names no step.`,
    fix: () => `Write ${FORMS}; in the end step, remove the call.`,
  }),
  NEXT_TARGET_UNREADABLE: entry<InTransition>({
    exit: 2,
    when: 'An argument of this.next(...) is not written as this.stepName.',
    message: (d) => `In step '${d.step}', '${d.text}' is not a step that can be read from the source.`,
    fix: () => `The graph is read without running it: write ${FORMS}.`,
  }),
  NEXT_OPTIONS_UNREADABLE: entry<InTransition>({
    exit: 2,
    when: 'The options of this.next(...) are not written as a plain object.',
    message: (d) => `In step '${d.step}', the options '${d.text}' cannot be read from the source.`,
    fix: () => "Write them in place: { foreach: 'items' } or { condition: 'field' }.",
  }),
  NEXT_OPTION_UNKNOWN: entry<InTransition>({
    exit: 2,
    when: 'this.next(...) has an option that does not exist.',
    message: (d) => `In step '${d.step}', this.next(...) has no option '${d.text}'; it has foreach and condition.`,
    fix: () => "Use { foreach: 'items' } or { condition: 'field' }, or remove the option.",
  }),
  NEXT_TARGET_UNKNOWN: entry<{ step: string; target: string; nearest?: string }>({
    exit: 2,
    when: 'this.next(...) names something that the flow does not have.',
    message: (d) => `Step '${d.step}' leads to '${d.target}', which the flow does not have.`,
    fix: (d) => maybe(d.nearest, `Add a step called '${d.target}', or name one that exists.`),
  }),
  NEXT_TARGET_NOT_STEP: entry<{ step: string; target: string; kind: 'field' | 'method' | 'accessor' }>({
    exit: 2,
    when: 'this.next(...) names a member of the flow that is not a step.',
    message: (d) =>
      `Step '${d.step}' leads to '${d.target}', which is ${d.kind === 'accessor' ? 'an accessor' : `a ${d.kind}`}, not a step.`,
    fix: (d) =>
      d.kind === 'method' ? `Write @step before '${d.target}'.` : `Write it as a method: @step ${d.target}() { ... }`,
  }),
} as const

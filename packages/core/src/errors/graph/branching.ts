import { entry } from '../define/entry.ts'
import { maybe, type InTransition } from './words.ts'

/** Splits, foreaches and switches. */
export const branchingErrors = {
  SPLIT_TARGET_TWICE: entry<{ step: string; target: string }>({
    exit: 2,
    when: 'A split names the same step twice.',
    message: (d) => `Step '${d.step}' splits to '${d.target}' twice.`,
    fix: () => "Name each step once; to run one step many times, use { foreach: 'items' }.",
  }),
  BRANCH_WITHOUT_STEP: entry<{ step: string; join: string }>({
    exit: 2,
    when: 'A branch of a split leads straight to the join.',
    message: (d) => `A branch of the split '${d.step}' leads straight to the join '${d.join}'.`,
    fix: () => 'Put at least one step on the branch.',
  }),
  FOREACH_NOT_LITERAL: entry<InTransition>({
    exit: 2,
    when: 'The foreach option is not a string literal.',
    message: (d) => `In step '${d.step}', foreach is '${d.text}'; it must be the name of a field in quotes.`,
    fix: () => "Store the list first (this.items = ...), then write { foreach: 'items' }.",
  }),
  FOREACH_SEVERAL_TARGETS: entry<InTransition>({
    exit: 2,
    when: 'A foreach names several steps.',
    message: (d) => `In step '${d.step}', a foreach leads to several steps; it takes one.`,
    fix: () => 'Lead to one step and let that one split: this.next(this.a, this.b).',
  }),
  FOREACH_FIELD_UNKNOWN: entry<{ step: string; field: string; nearest?: string; method: boolean }>({
    exit: 2,
    when: 'The foreach field is never assigned nor declared.',
    message: (d) =>
      d.method
        ? `Step '${d.step}' runs a foreach over '${d.field}', which is a method, not a value.`
        : `Step '${d.step}' runs a foreach over '${d.field}', which is never assigned.`,
    fix: (d) =>
      maybe(d.nearest, d.method ? 'Store the list in a field first.' : `Set it before: this.${d.field} = [...]`),
  }),
  FOREACH_WITHOUT_BODY: entry<{ step: string; join: string }>({
    exit: 2,
    when: 'A foreach leads straight to a join.',
    message: (d) =>
      `The foreach of step '${d.step}' leads straight to the join '${d.join}', so nothing runs for its items.`,
    fix: () => 'Put at least one step between the two, or make the join a plain step.',
  }),
  SWITCH_CASES_MISSING: entry<InTransition>({
    exit: 2,
    when: 'A condition is given without an object of cases.',
    message: (d) => `In step '${d.step}', there is a condition but no cases to choose from.`,
    fix: () => "Write this.next({ small: this.a, large: this.b }, { condition: 'size' }).",
  }),
  SWITCH_CASE_UNREADABLE: entry<InTransition>({
    exit: 2,
    when: 'A case of a switch has a computed key or is spread from elsewhere.',
    message: (d) => `In step '${d.step}', the case '${d.text}' cannot be read from the source.`,
    fix: () => "Write keys as names, strings or numbers: { small: this.a, 'very large': this.b, 3: this.c }.",
  }),
  SWITCH_CONDITION_MISSING: entry<InTransition>({
    exit: 2,
    when: 'A switch does not name its condition.',
    message: (d) => `In step '${d.step}', there are cases but no condition that chooses among them.`,
    fix: () => "Name the field that holds the choice: this.next({ ... }, { condition: 'size' }).",
  }),
  SWITCH_CONDITION_NOT_LITERAL: entry<InTransition>({
    exit: 2,
    when: 'The condition of a switch is not a string literal.',
    message: (d) => `In step '${d.step}', the condition is '${d.text}'; it must be the name of a field in quotes.`,
    fix: () => "Store the choice first (this.size = ...), then write { condition: 'size' }.",
  }),
  SWITCH_TOO_FEW_CASES: entry<InTransition>({
    exit: 2,
    when: 'A switch has fewer than two cases.',
    message: (d) => `In step '${d.step}', the switch has fewer than two cases, so there is nothing to choose.`,
    fix: () => 'Add a case, or lead to the step directly: this.next(this.a).',
  }),
  SWITCH_WITH_FOREACH: entry<InTransition>({
    exit: 2,
    when: 'A switch and a foreach in one transition.',
    message: (d) => `In step '${d.step}', one transition is both a switch and a foreach.`,
    fix: () => 'Choose first, and run the foreach from the step chosen.',
  }),
  SWITCH_FIELD_UNKNOWN: entry<{ step: string; field: string; nearest?: string; method: boolean }>({
    exit: 2,
    when: 'The condition field is never assigned nor declared.',
    message: (d) =>
      d.method
        ? `The switch of step '${d.step}' looks at '${d.field}', which is a method, not a value.`
        : `The switch of step '${d.step}' looks at '${d.field}', which is never assigned.`,
    fix: (d) => maybe(d.nearest, `Set it in the step: this.${d.field} = ...`),
  }),
  SWITCH_CASE_TO_JOIN: entry<{ step: string; join: string }>({
    exit: 2,
    when: 'A case of a switch leads straight to a join.',
    message: (d) => `A case of the switch '${d.step}' leads straight to the join '${d.join}'.`,
    fix: () => 'Put a step between: the join must be reached the same way whatever was chosen.',
  }),
} as const

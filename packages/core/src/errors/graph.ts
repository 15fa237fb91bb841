import { entry } from './entry.ts'

/** Details of the problems that are seen while a single `this.next(...)` is read. */
export interface InTransition {
  readonly step: string
  /** The piece of source that is meant. */
  readonly text: string
}

const FORMS =
  "this.next(this.a), this.next(this.a, this.b), this.next(this.a, { foreach: 'items' }) or this.next({ x: this.a, y: this.b }, { condition: 'field' })"

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')
const maybe = (nearest: string | undefined, otherwise: string): string =>
  nearest === undefined ? otherwise : `Did you mean '${nearest}'?`

/** What the static checks of a flow find, one entry a check. */
export const graphErrors = {
  FLOW_WITHOUT_STEPS: entry<{ flow: string }>({
    exit: 2,
    when: 'The flow class has no step.',
    message: (d) => `The flow ${d.flow} has no steps.`,
    fix: () => "Decorate its methods with @step; the first is called 'start', the last 'end'.",
  }),
  START_MISSING: entry<{ flow: string; candidates: readonly string[] }>({
    exit: 2,
    when: 'No step is the start of the flow.',
    message: (d) => `The flow ${d.flow} has no start step.`,
    fix: (d) =>
      d.candidates.length === 0
        ? "Name a step 'start', or mark one with @step({ start: true })."
        : `Name a step 'start', or mark one with @step({ start: true }); nothing leads to ${quoted(d.candidates)}.`,
  }),
  END_MISSING: entry<{ flow: string; candidates: readonly string[] }>({
    exit: 2,
    when: 'No step is the end of the flow.',
    message: (d) => `The flow ${d.flow} has no end step.`,
    fix: (d) =>
      d.candidates.length === 0
        ? "Name a step 'end', or mark one with @step({ end: true }), and lead the last step to it."
        : `Name a step 'end', or mark one with @step({ end: true }); without this.next(...) ${d.candidates.length === 1 ? 'is' : 'are'} ${quoted(d.candidates)}.`,
  }),
  START_SEVERAL: entry<{ steps: readonly string[] }>({
    exit: 2,
    when: 'More than one step is marked with @step({ start: true }).',
    message: (d) => `${d.steps.length} steps are marked as the start: ${quoted(d.steps)}; a flow has one.`,
    fix: () => 'Keep { start: true } on one of them.',
  }),
  END_SEVERAL: entry<{ steps: readonly string[] }>({
    exit: 2,
    when: 'More than one step is marked with @step({ end: true }).',
    message: (d) => `${d.steps.length} steps are marked as the end: ${quoted(d.steps)}; a flow has one.`,
    fix: () => 'Keep { end: true } on one of them.',
  }),
  START_AMBIGUOUS: entry<{ step: string }>({
    exit: 2,
    when: "One step is marked as the start and another is called 'start'.",
    message: (d) => `Step '${d.step}' is marked as the start, but there is also a step called 'start'.`,
    fix: () => "Remove { start: true }, or give the step called 'start' another name.",
  }),
  END_AMBIGUOUS: entry<{ step: string }>({
    exit: 2,
    when: "One step is marked as the end and another is called 'end'.",
    message: (d) => `Step '${d.step}' is marked as the end, but there is also a step called 'end'.`,
    fix: () => "Remove { end: true }, or give the step called 'end' another name.",
  }),
  START_HAS_INCOMING: entry<{ start: string; from: string }>({
    exit: 2,
    when: 'A transition leads back to the start step.',
    message: (d) => `Step '${d.from}' leads to '${d.start}', but nothing may lead to the start of a flow.`,
    fix: () => 'Lead to another step; to repeat work, use a step of its own that is a switch with itself as a case.',
  }),
  END_HAS_NEXT: entry<{ end: string }>({
    exit: 2,
    when: 'The end step calls this.next(...).',
    message: (d) => `The end step '${d.end}' calls this.next(...), but nothing comes after the end.`,
    fix: () => 'Remove the call.',
  }),
  END_IS_JOIN: entry<{ end: string }>({
    exit: 2,
    when: 'The end step takes inputs.',
    message: (d) => `The end step '${d.end}' takes a parameter, which makes it a join; the end cannot be one.`,
    fix: (d) => `Put a join before it: a step with the parameter that then calls this.next(this.${d.end}).`,
  }),

  STEP_NAME_RESERVED: entry<{ step: string; reason: string }>({
    exit: 2,
    when: 'A step has a name that flowctl, JavaScript or a file system needs.',
    message: (d) => `A step cannot be called '${d.step}': ${d.reason}.`,
    fix: () => 'Choose another name.',
  }),
  STEP_NAME_INVALID: entry<{ step: string }>({
    exit: 2,
    when: 'A step name is not an identifier, or starts with an underscore.',
    message: (d) => `'${d.step}' is not a name for a step: it takes letters, digits and $, and starts with a letter.`,
    fix: () => "Rename the step, for example to 'trainModel'.",
  }),
  STEP_NAMES_DIFFER_BY_CASE: entry<{ step: string; other: string }>({
    exit: 2,
    when: 'Two step names differ only in upper and lower case.',
    message: (d) =>
      `The steps '${d.other}' and '${d.step}' differ only in case, which some file systems cannot tell apart.`,
    fix: () => 'Rename one of them.',
  }),
  STEP_NAME_IS_ARTIFACT: entry<{ step: string }>({
    exit: 2,
    when: 'A name is both a step and a field of the flow.',
    message: (d) => `'${d.step}' is a step, but this gives a value to a field of the same name, which hides the step.`,
    fix: () => 'Rename the field or the step.',
  }),
  STEP_DEFINED_TWICE: entry<{ step: string; line: number }>({
    exit: 2,
    when: 'A class defines the same step twice.',
    message: (d) => `Step '${d.step}' is already defined in line ${d.line}; JavaScript would silently drop that one.`,
    fix: () => 'Rename or remove one of the two.',
  }),
  STEP_TOO_MANY_PARAMETERS: entry<{ step: string; count: number }>({
    exit: 2,
    when: 'A step method takes more than one parameter.',
    message: (d) => `Step '${d.step}' takes ${d.count} parameters; a step takes none, a join takes one, its inputs.`,
    fix: () => 'Remove parameters. Values travel between steps as fields: this.x = ...',
  }),
  STEP_IS_GENERATOR: entry<{ step: string }>({
    exit: 2,
    when: 'A step is a generator method.',
    message: (d) => `Step '${d.step}' is a generator, whose body would never run.`,
    fix: () => 'Remove the asterisk; a step may be async.',
  }),
  STEP_OVERRIDE_UNDECORATED: entry<{ step: string; base: string }>({
    exit: 2,
    when: 'A method replaces a step of a base class but is not a step itself.',
    message: (d) => `'${d.step}' replaces a step of ${d.base} but is not marked as a step.`,
    fix: () => 'Write @step before it.',
  }),
  STEP_UNDECORATED: entry<{ step: string }>({
    exit: 2,
    when: 'A method that is not a step calls this.next(...).',
    message: (d) => `'${d.step}' calls this.next(...) but is not a step.`,
    fix: () => 'Write @step before it, or move the call to the end of the step itself.',
  }),
  STEP_UNREADABLE: entry<{ step: string }>({
    exit: 2,
    when: 'Running the file defines a step that its source does not show.',
    message: (d) => `The step '${d.step}' exists when the file runs but cannot be seen in its source.`,
    fix: () => 'Write it as a plain method marked with @step, in the flow class or a base class in your own files.',
  }),
  STEP_NOT_DEFINED: entry<{ step: string }>({
    exit: 2,
    when: 'The source shows a step that does not exist once the file runs.',
    message: (d) => `The source shows the step '${d.step}', but running the file does not define it.`,
    fix: () => "Import 'step' from 'flowctl' and do not remove or replace the method at run time.",
  }),
  STEP_UNREACHABLE: entry<{ step: string; start: string }>({
    exit: 2,
    when: 'No transition leads to a step.',
    message: (d) => `Nothing leads to step '${d.step}' from '${d.start}'.`,
    fix: (d) => `Call this.next(this.${d.step}) in another step, or remove it.`,
  }),

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

  LOOP_TOO_LONG: entry<{ steps: readonly string[] }>({
    exit: 2,
    when: 'Steps lead back to an earlier step.',
    message: (d) => `The flow runs in a circle: ${[...d.steps, d.steps[0]].join(' -> ')}.`,
    fix: () => 'Only a single step can repeat, as a case of its own switch; move the work of the circle into one step.',
  }),
  LOOP_ENDLESS: entry<{ step: string }>({
    exit: 2,
    when: 'A step leads to itself and to nothing else.',
    message: (d) => `Step '${d.step}' leads to itself without a way out.`,
    fix: (d) => `Make it a switch: this.next({ again: this.${d.step}, done: this.other }, { condition: 'state' }).`,
  }),
  JOIN_SPLITS: entry<{ step: string; kind: 'split' | 'foreach' | 'switch' }>({
    exit: 2,
    when: 'A join is also a split, a foreach or a switch.',
    message: (d) => `Step '${d.step}' is a join and a ${d.kind} at the same time.`,
    fix: () => 'Let the join lead to a new step, and let that one do the rest.',
  }),
  SPLIT_NOT_JOINED: entry<{ end: string; splits: readonly string[]; from: readonly string[] }>({
    exit: 2,
    when: 'The end is reached while a split or foreach is still open.',
    message: (d) =>
      `The end '${d.end}' is reached from ${quoted(d.from)} before the branches of ${quoted(d.splits)} were joined.`,
    fix: (d) =>
      d.splits.length === 1
        ? `Lead to a join first: a step with one parameter, inputs, that then calls this.next(this.${d.end}).`
        : `Lead to joins first, one for each of ${quoted(d.splits)}, the innermost first.`,
  }),
  JOIN_INCOMPLETE: entry<{
    join: string
    split: string
    present: readonly string[]
    missing: readonly string[]
    elsewhere: readonly string[]
  }>({
    exit: 2,
    when: 'A join does not receive all branches of its split.',
    message: (d) =>
      d.missing.length === 0
        ? `The branches of '${d.split}' come to the join '${d.join}' and also to ${quoted(d.elsewhere)}.`
        : `The join '${d.join}' receives ${quoted(d.present)} of the split '${d.split}', but not ${quoted(d.missing)}.`,
    fix: (d) => `Lead every branch of '${d.split}' to one and the same join.`,
  }),
  JOIN_WITHOUT_SPLIT: entry<{ join: string }>({
    exit: 2,
    when: 'A step takes inputs although no split is open.',
    message: (d) =>
      `Step '${d.join}' takes a parameter, which makes it a join, but there is no split or foreach to join.`,
    fix: () => 'Remove the parameter, or lead to the step from the branches of a split.',
  }),
  JOIN_UNRELATED_SPLITS: entry<{ join: string; ways: readonly string[] }>({
    exit: 2,
    when: 'A join receives steps that belong to different splits.',
    message: (d) => `The join '${d.join}' receives steps that do not belong to one split: ${d.ways.join('; ')}.`,
    fix: () => 'Join the innermost splits first, each in a join of its own, then lead those to this join.',
  }),
  JOIN_PARAMETER_MISSING: entry<{ step: string; split: string; from: readonly string[] }>({
    exit: 2,
    when: 'Branches of a split meet in a step that is not a join.',
    message: (d) => `Branches of '${d.split}' meet in step '${d.step}' (from ${quoted(d.from)}), which is not a join.`,
    fix: (d) => `Give it the parameter of a join: ${d.step}(inputs: Inputs<this>) { ... }`,
  }),
  STEP_IN_AND_OUT: entry<{ step: string; split: string; inside: readonly string[]; outside: readonly string[] }>({
    exit: 2,
    when: 'A step is reached both from within a split and from outside of it.',
    message: (d) =>
      `Step '${d.step}' is reached from ${quoted(d.inside)} inside the split '${d.split}' and from ${quoted(d.outside)} outside of it.`,
    fix: (d) => `Join '${d.split}' before leading to '${d.step}'.`,
  }),

  PRIVATE_FIELD_WRITTEN: entry<{ step: string; field: string }>({
    exit: 2,
    when: 'A step writes to a #private field.',
    message: (d) =>
      `Step '${d.step}' writes to '${d.field}', which is not an artifact: the value is lost when the step ends.`,
    fix: (d) => `Use a field without the #: this.${d.field.slice(1)} = ...`,
  }),
  CATCH_ON_BRANCHING_STEP: entry<{ step: string; kind: 'foreach' | 'switch' }>({
    exit: 2,
    when: '@catchError stands on a foreach or switch step.',
    message: (d) =>
      `Step '${d.step}' has @catchError, but it is a ${d.kind}: after an error it could not tell what comes next.`,
    fix: (d) => `Remove @catchError, or do the risky work in a step before '${d.step}'.`,
  }),
  CONCURRENT_WITHOUT_EFFECT: entry<{ step: string; foreach?: string }>({
    exit: 2,
    when: '@concurrent stands on a step of which a process never carries several tasks.',
    message: (d) =>
      d.foreach === undefined
        ? `Step '${d.step}' has @concurrent, but it is not a step that a foreach runs for each item.`
        : `Step '${d.step}' has @concurrent, but what the foreach '${d.foreach}' runs for each item is not one chain of steps in one pool and one @environment.`,
    fix: (d) =>
      d.foreach === undefined
        ? 'Remove @concurrent, or put it on a step between a foreach and its join.'
        : `Remove @concurrent, or let only one step after the other stand between '${d.foreach}' and its join, without splits, switches and loops.`,
  }),
} as const

import { entry } from './define/entry.ts'

export interface AtStep {
  readonly step: string
}

export interface NamedAtStep extends AtStep {
  readonly name: string
}

const MAX_LISTED = 10

const list = (names: readonly string[]): string =>
  names.length <= MAX_LISTED
    ? names.map((name) => `'${name}'`).join(', ')
    : `${list(names.slice(0, MAX_LISTED))} and ${names.length - MAX_LISTED} more`

const calls = (targets: readonly string[]): string =>
  targets.length === 0 ? 'this.next()' : `this.next(${targets.map((target) => `this.${target}`).join(', ')})`

/** What a step does wrong while it runs: with its artifacts, its inputs, its transition. */
export const taskErrors = {
  PARAMETER_READ_ONLY: entry<NamedAtStep>({
    exit: 1,
    when: 'A step assigns to a parameter.',
    message: (d) =>
      `Step '${d.step}' assigns to this.${d.name}, which is a parameter. Parameters keep their value for the whole run.`,
    fix: () => 'Store the new value under another name.',
  }),
  ARTIFACT_DROPPED: entry<NamedAtStep & { join: string }>({
    exit: 1,
    when: 'A step reads an artifact that a join before it did not carry on.',
    message: (d) =>
      `Step '${d.step}' reads this.${d.name}, but the join '${d.join}' did not carry it on: after a join only what the join itself stores goes on.`,
    fix: (d) =>
      `In '${d.join}', call this.mergeArtifacts(inputs), or assign it: this.${d.name} = inputs[0].${d.name} (or whatever combines the inputs).`,
  }),
  ARTIFACT_IN_INPUTS: entry<NamedAtStep>({
    exit: 1,
    when: 'A join reads an artifact of its inputs on itself.',
    message: (d) =>
      `The join '${d.step}' reads this.${d.name}, which its inputs have, but a join has only what it stores itself.`,
    fix: (d) =>
      `Read it from an input (inputs[0].${d.name}, or inputs.map(...)), or call this.mergeArtifacts(inputs) before reading it.`,
  }),
  ARTIFACT_IS_FLOW: entry<NamedAtStep & { what: 'this' | 'an input' }>({
    exit: 1,
    when: 'A step stores the flow itself, or one of the inputs of a join, in an artifact.',
    message: (d) => `Step '${d.step}' stores ${d.what} in this.${d.name}. Only values can be stored, not a whole flow.`,
    fix: (d) =>
      d.what === 'this'
        ? 'Store the values you need.'
        : `Store what you need of it, for example inputs.map((input) => input.score).`,
  }),
  INPUT_READ_ONLY: entry<NamedAtStep>({
    exit: 1,
    when: 'A join assigns to one of its inputs.',
    message: (d) =>
      `The join '${d.step}' assigns to '${d.name}' of an input. Inputs are finished tasks and cannot change.`,
    fix: (d) => `Assign to this.${d.name} instead.`,
  }),
  INPUT_NOT_FINISHED: entry<AtStep & { input: string; index: number }>({
    exit: 1,
    when: 'The record of a task that a join needs is not in the datastore.',
    message: (d) =>
      `The join '${d.step}' cannot read its input ${d.index}: there is no finished task of step '${d.input}' for it in the datastore.`,
    fix: () => 'Something removed or damaged records of this run. Run the flow again.',
  }),
  NEXT_NOT_CALLED: entry<AtStep & { expected: readonly string[] }>({
    exit: 1,
    when: 'A step ends without the transition that its source shows.',
    message: (d) => `Step '${d.step}' ended without calling ${calls(d.expected)}.`,
    fix: () => 'Remove an early return, or whatever else keeps the step from reaching its last statement.',
  }),
  NEXT_CALLED_TWICE: entry<AtStep>({
    exit: 1,
    when: 'A step calls this.next more than once.',
    message: (d) => `Step '${d.step}' called this.next(...) more than once.`,
    fix: () => 'Call it once, as the last statement of the step.',
  }),
  NEXT_OTHER_TARGET: entry<AtStep & { expected: string; given: string }>({
    exit: 1,
    when: 'A step takes another transition than the one its source shows.',
    message: (d) =>
      `The last statement of step '${d.step}' says ${d.expected}, but when it ran, ${d.given} was called.`,
    fix: () => 'Call this.next(...) once, unconditionally, as the last statement of the step.',
  }),
  NEXT_IN_END: entry<AtStep>({
    exit: 1,
    when: 'The last step of a flow calls this.next.',
    message: (d) => `Step '${d.step}' is the end of the flow, but it called this.next(...).`,
    fix: () => 'Remove the call.',
  }),
  NEXT_TOO_LATE: entry<AtStep>({
    exit: 1,
    when: 'this.next is called after its step has ended.',
    message: (d) => `this.next(...) was called after step '${d.step}' had ended.`,
    fix: () => 'Make the step async and await what it starts, so that this.next(...) is its last statement.',
  }),
  FOREACH_MISSING: entry<NamedAtStep>({
    exit: 1,
    when: 'The variable of a foreach has no value.',
    message: (d) => `Step '${d.step}' opens a foreach over this.${d.name}, which has no value.`,
    fix: (d) =>
      `Assign this.${d.name} before this.next(...). An empty list is fine: then the join runs with no inputs.`,
  }),
  FOREACH_NOT_ITERABLE: entry<NamedAtStep & { type: string }>({
    exit: 1,
    when: 'The variable of a foreach cannot be iterated.',
    message: (d) => `Step '${d.step}' opens a foreach over this.${d.name}, which is ${d.type} and cannot be iterated.`,
    fix: () =>
      'Use an array, a Set, a Map, a typed array, a string or anything else that for...of accepts (Object.entries for an object; collect an async iterable first).',
  }),
  FOREACH_TOO_WIDE: entry<NamedAtStep & { count?: number; max: number }>({
    exit: 1,
    when: 'A foreach has more items than --max-num-splits allows.',
    message: (d) =>
      `The foreach of step '${d.step}' over this.${d.name} has ${d.count === undefined ? `more than ${d.max}` : d.count} items; this run allows ${d.max}.`,
    fix: (d) => `If that many tasks are meant, run with --max-num-splits ${d.count ?? '<a larger number>'}.`,
  }),
  SWITCH_NO_CASE: entry<NamedAtStep & { value: string; cases: readonly string[] }>({
    exit: 1,
    when: 'The condition of a switch has a value without a case.',
    message: (d) =>
      `Step '${d.step}' switches on this.${d.name}, whose value ${d.value} has no case. The cases are: ${list(d.cases)}.`,
    fix: (d) => `Add a case for it, or set this.${d.name} to one of the cases.`,
  }),
  STEP_NEVER_SETTLES: entry<AtStep>({
    exit: 1,
    when: 'An async step waits for a promise that nothing can settle any more.',
    message: (d) => `Step '${d.step}' waits for a promise, but nothing is left to happen that could settle it.`,
    fix: () => 'Look for a promise whose resolve is never called, or for a handle that was unref-ed and closed.',
  }),
  MERGE_OUTSIDE_JOIN: entry<AtStep>({
    exit: 1,
    when: 'mergeArtifacts is called in a step that is not a join.',
    message: (d) => `Step '${d.step}' calls this.mergeArtifacts(...), but it is not a join and has no inputs.`,
    fix: () => 'Call it in a step with a parameter: join(inputs) { this.mergeArtifacts(inputs) }.',
  }),
  MERGE_NOT_INPUTS: entry<AtStep>({
    exit: 1,
    when: 'mergeArtifacts is given something else than the inputs of its join.',
    message: (d) => `Step '${d.step}' gives this.mergeArtifacts(...) something other than its inputs.`,
    fix: () => 'Pass the parameter of the join as it is: this.mergeArtifacts(inputs).',
  }),
  MERGE_INCLUDE_AND_EXCLUDE: entry<AtStep>({
    exit: 1,
    when: 'mergeArtifacts is given both include and exclude.',
    message: (d) => `Step '${d.step}' gives this.mergeArtifacts(...) both include and exclude.`,
    fix: () => 'Give one of them: include lists what to take, exclude lists what to leave.',
  }),
  MERGE_MISSING: entry<AtStep & { names: readonly string[] }>({
    exit: 1,
    when: 'mergeArtifacts is told to include artifacts that no input has.',
    message: (d) => `Step '${d.step}' tells this.mergeArtifacts(...) to include ${list(d.names)}, which no input has.`,
    fix: () => 'Correct the name, or assign the artifact before the join.',
  }),
  MERGE_CONFLICT: entry<AtStep & { conflicts: readonly { name: string; left: string; right: string }[] }>({
    exit: 1,
    when: 'mergeArtifacts finds different values for an artifact.',
    message: (d) =>
      `Step '${d.step}' cannot merge artifacts whose values differ between the inputs: ${d.conflicts
        .slice(0, MAX_LISTED)
        .map((one) => `'${one.name}' (${one.left} and ${one.right} differ)`)
        .join(', ')}${d.conflicts.length > MAX_LISTED ? ` and ${d.conflicts.length - MAX_LISTED} more` : ''}.`,
    fix: (d) => {
      const name = d.conflicts[0]?.name ?? 'x'
      return `Before the merge, assign the value to keep (this.${name} = inputs[0].${name}), or leave it out: this.mergeArtifacts(inputs, { exclude: ['${name}'] }).`
    },
  }),
} as const

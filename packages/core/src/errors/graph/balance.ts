import { entry } from '../define/entry.ts'
import { quoted } from './words.ts'

/** Loops, and that what was split is joined. */
export const balanceErrors = {
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
} as const

import { entry } from '../define/entry.ts'
import { quoted } from './words.ts'

/** The start and the end of a flow. */
export const terminalErrors = {
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
} as const

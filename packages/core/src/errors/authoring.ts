import { entry } from './define/entry.ts'

const list = (names: readonly string[]): string => (names.length === 0 ? '(none)' : names.join(', '))

/** Wrong use of decorators, of FlowSpec members and of transitions at run time. */
export const authoringErrors = {
  DECORATOR_OPTIONS_INVALID: entry<{ owner: string; given: string; options: readonly string[] }>({
    exit: 2,
    when: 'A decorator is given something other than an object of options.',
    message: (d) => `${d.owner} was given ${d.given}; it takes an object of options.`,
    fix: (d) => `Write the options by name. There are: ${list(d.options)}.`,
  }),
  DECORATOR_OPTION_UNKNOWN: entry<{ owner: string; option: string; options: readonly string[] }>({
    exit: 2,
    when: 'A decorator is given an option that it does not have.',
    message: (d) => `${d.owner} has no option '${d.option}'. It has: ${list(d.options)}.`,
    fix: (d) => `Correct the name of '${d.option}', or leave it out.`,
  }),
  DECORATOR_OPTION_INVALID: entry<{ owner: string; option: string; given: string; allowed: string }>({
    exit: 2,
    when: 'An option of a decorator has a value that is not allowed.',
    message: (d) => `${d.owner}: '${d.option}' is ${d.given}; allowed is ${d.allowed}.`,
    fix: (d) => `Give '${d.option}' ${d.allowed}.`,
  }),
  DECORATOR_OPTIONS_MISSING: entry<{ owner: string; options: readonly string[] }>({
    exit: 2,
    when: 'A decorator that says nothing without options has none.',
    message: (d) => `${d.owner} has no options, and says nothing without.`,
    fix: (d) => `Give at least one of: ${list(d.options)}.`,
  }),
  TIMEOUT_ZERO: entry<{ owner: string }>({
    exit: 2,
    when: 'The hours, minutes and seconds of a timeout add up to 0.',
    message: (d) => `${d.owner}: hours, minutes and seconds add up to 0; a timeout is longer than that.`,
    fix: () => 'Give a limit, for example { minutes: 5 }, or take the decorator away.',
  }),
  DECORATOR_DUPLICATE: entry<{ decorator: string; step: string }>({
    exit: 2,
    when: 'A step has the same decorator twice.',
    message: (d) => `The step '${d.step}' has @${d.decorator} more than once.`,
    fix: () => 'Keep one of them, with all the options.',
  }),
  DECORATOR_MISPLACED: entry<{ decorator: string; name: string; what: string }>({
    exit: 2,
    when: 'A decorator of steps stands on something that cannot be a step.',
    message: (d) => `@${d.decorator} stands on ${d.name}, which is ${d.what}; it belongs on a method of a flow.`,
    fix: (d) => `Put @${d.decorator} before a method that is neither static nor private.`,
  }),
  DECORATOR_CALLED: entry<{ decorator: string }>({
    exit: 2,
    when: 'A decorator is called like a function.',
    message: (d) => `${d.decorator}(...) was called as a function; it is a decorator for the methods of a flow.`,
    fix: (d) => `Write @${d.decorator} before a method.`,
  }),
  DECORATOR_WITHOUT_STEP: entry<{ decorators: readonly string[]; name: string }>({
    exit: 2,
    when: 'A method has decorators of steps, but not @step.',
    message: (d) => `The method ${d.name} has ${d.decorators.map((one) => `@${one}`).join(', ')}, but is no step.`,
    fix: () =>
      'Add @step. If it is there, a decorator of your own below it replaces the method: put that one nearest to the method.',
  }),
  STEP_OVERRIDE_BARE: entry<{ step: string; flow: string }>({
    exit: 2,
    when: 'A class overrides a step of its base class with a method that is no step.',
    message: (d) => `${d.flow} overrides the step '${d.step}' with a method that has no @step.`,
    fix: () => 'Put @step before it (decorators are not inherited), or give the method another name.',
  }),
  STEP_HIDDEN: entry<{ step: string }>({
    exit: 2,
    when: 'A field has the name of a step.',
    message: (d) => `A field named '${d.step}' hides the step '${d.step}'.`,
    fix: () => 'Give one of the two another name.',
  }),
  FLOW_MEMBER_HIDDEN: entry<{ member: string }>({
    exit: 2,
    when: 'A flow has a field or a method with a name that FlowSpec uses.',
    message: (d) => `The flow has a member named '${d.member}', which hides the one of FlowSpec.`,
    fix: () => 'Give it another name. (To give this.input a type, write `extends FlowSpec<Item>`.)',
  }),
  FLOW_CLASS_MISSING: entry<{ className: string; exported: readonly string[] }>({
    exit: 2,
    when: 'A flow file does not export its flow class.',
    message: (d) => `The file does not export the flow ${d.className}; its exports are: ${list(d.exported)}.`,
    fix: (d) => `Write \`export default class ${d.className} extends FlowSpec\`.`,
  }),
  FLOW_CONSTRUCTION_FAILED: entry<{ flow: string; after: string | undefined; message: string }>({
    exit: 2,
    when: 'A field initializer or the constructor of a flow throws while the flow is loaded.',
    message: (d) => {
      const place = d.after === undefined ? 'before its first field was set' : `after the field '${d.after}' was set`
      return `${d.flow} could not be constructed: ${place}, it threw: ${d.message}`
    },
    fix: () => 'Repair the initializer, or compute the value in the start step, where everything is known.',
  }),
  FLOW_CODE_FAILED: entry<{ name: string; message: string }>({
    exit: 2,
    when: 'Code of a flow file, or of a file that it imports, throws while the file is loaded.',
    message: (d) => `The flow could not be loaded; its code outside steps threw ${d.name}: ${d.message}`,
    fix: () =>
      'Repair it, or move it into a step: code outside steps also runs when the flow is only checked or shown.',
  }),
  FLOW_NOT_RUNNING: entry<{ member: string }>({
    exit: 2,
    when: 'A member of FlowSpec is used on an instance that no task runs.',
    message: (d) =>
      `this.${d.member} works in a running step only; this instance was made by hand, or is being constructed.`,
    fix: () => 'Use it in a step, and run the flow with `flowctl run`.',
  }),
  CURRENT_OUTSIDE_RUN: entry<{ property: string }>({
    exit: 2,
    when: '`current` is read while no step runs.',
    message: (d) => `current.${d.property} was read while no step is running.`,
    fix: () => 'Read it in a step, or ask current.isRunning first.',
  }),
  WITH_DECORATOR_UNKNOWN: entry<{ given: string; known: readonly string[] }>({
    exit: 2,
    when: '`--with` names a decorator that does not exist.',
    message: (d) => `--with: there is no decorator '${d.given}'. There are: ${list(d.known)}.`,
    fix: () => 'Write for example --with retry:times=3.',
  }),
  WITH_DECORATOR_SYNTAX: entry<{ given: string; part: string }>({
    exit: 2,
    when: 'The options of `--with` cannot be read.',
    message: (d) => `--with ${d.given}: '${d.part}' is not of the form option=value, or comes twice.`,
    fix: () =>
      'Separate options by commas: --with retry:times=3,backoff=2. Objects are JSON: --with environment:vars={"LANG":"C"}.',
  }),
} as const

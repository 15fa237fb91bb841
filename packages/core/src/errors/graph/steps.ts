import { entry } from '../define/entry.ts'

/** The steps themselves: their names, how they are declared, whether they are reached. */
export const stepErrors = {
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
} as const

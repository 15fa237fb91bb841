import { entry } from './define/entry.ts'

const list = (names: readonly string[]): string => (names.length === 0 ? '(none)' : names.join(', '))

/** Parameter values and declarations. */
export const parameterErrors = {
  PARAMETER_MISSING: entry<{ option: string; variable: string }>({
    exit: 2,
    when: 'A required parameter has no value.',
    message: (d) => `The parameter --${d.option} is required, and has no value.`,
    fix: (d) => `Give --${d.option} VALUE, or set ${d.variable}.`,
  }),
  PARAMETER_UNKNOWN: entry<{ source: string; known: readonly string[] }>({
    exit: 2,
    when: 'A value is given for a parameter that the flow does not have.',
    message: (d) => `The flow has no parameter ${d.source}. Its parameters: ${list(d.known)}.`,
    fix: (d) => `Correct the name, or leave ${d.source} out.`,
  }),
  PARAMETER_VALUE_INVALID: entry<{ source: string; given: string; allowed: string }>({
    exit: 2,
    when: 'The value given for a parameter is not of its type.',
    message: (d) => `${d.source}: ${d.given} is not allowed; allowed is ${d.allowed}.`,
    fix: (d) => `Give ${d.source} ${d.allowed}.`,
  }),
  PARAMETER_JSON_INVALID: entry<{ source: string; given: string; where: string }>({
    exit: 2,
    when: 'The value given for a JSON parameter is not JSON.',
    message: (d) => `${d.source}: ${d.given} is not JSON; it breaks off ${d.where}.`,
    fix: () =>
      'Write keys and texts in double quotes, and the whole value in single quotes for the shell: \'{"a": 1}\'.',
  }),
  PARAMETER_SCHEMA_FAILED: entry<{ source: string; given: string; issues: readonly string[] }>({
    exit: 2,
    when: 'The schema of a parameter does not accept its value.',
    message: (d) => `${d.source}: ${d.given} is not valid:\n${d.issues.map((line) => `  ${line}`).join('\n')}`,
    fix: (d) => `Give ${d.source} a value that its schema accepts.`,
  }),
  PARAMETER_FILE_UNREADABLE: entry<{ source: string; path: string; reason: string }>({
    exit: 2,
    when: 'The file given for an IncludeFile parameter cannot be read.',
    message: (d) => `${d.source}: the file '${d.path}' cannot be read: ${d.reason}.`,
    fix: (d) => `Give ${d.source} the path of a file, relative to the folder you are in.`,
  }),
  PARAMETER_FILE_UNDECODABLE: entry<{ source: string; path: string; encoding: string }>({
    exit: 2,
    when: 'The file given for IncludeFile.text is not text in its encoding.',
    message: (d) => `${d.source}: the file '${d.path}' is not text in the encoding ${d.encoding}.`,
    fix: () => "Name its encoding (`encoding: 'latin1'`), or take the file as it is with IncludeFile.bytes.",
  }),
  PARAMETER_DEFAULT_FAILED: entry<{ field: string; message: string }>({
    exit: 2,
    when: 'The function that computes a default throws.',
    message: (d) => `The default of ${d.field} could not be computed: ${d.message}`,
    fix: (d) => `Repair the function, or give a value for ${d.field}.`,
  }),
  PARAMETER_DEFAULT_INVALID: entry<{ field: string; given: string; allowed: string }>({
    exit: 2,
    when: 'The default of a parameter is not of its type.',
    message: (d) => `The default of ${d.field} is ${d.given}; allowed is ${d.allowed}.`,
    fix: (d) => `Change the default of ${d.field}, or the kind of the parameter.`,
  }),
  PARAMETER_REQUIRED_WITH_DEFAULT: entry<{ field: string }>({
    exit: 2,
    when: 'A parameter is required and has a default.',
    message: (d) =>
      `The parameter ${d.field} is required and has a default; a parameter with a default always has a value.`,
    fix: () => 'Take away one of the two.',
  }),
  PARAMETER_NAME_INVALID: entry<{ field: string; option: string }>({
    exit: 2,
    when: 'The name of a parameter cannot be an option on the command line.',
    message: (d) =>
      `The parameter ${d.field} would be the option --${d.option}; allowed are letters and digits, with single dashes inside.`,
    fix: () => "Give it a name for the command line: { name: 'max-depth' }.",
  }),
  PARAMETER_NAME_RESERVED: entry<{ field: string; option: string; reserved: readonly string[] }>({
    exit: 2,
    when: 'A parameter has the name of an option of `flowctl run`.',
    message: (d) =>
      `The parameter ${d.field} would be --${d.option}, which flowctl itself uses. Reserved are: ${list(d.reserved)}.`,
    fix: () => "Rename the field, or give another name for the command line: { name: '...' }.",
  }),
  PARAMETER_NAME_TAKEN: entry<{ field: string; option: string; other: string; otherOption: string }>({
    exit: 2,
    when: 'Two parameters have the same name but for case, dashes and underscores.',
    message: (d) =>
      `The parameters ${d.other} (--${d.otherOption}) and ${d.field} (--${d.option}) have the same name; case and dashes do not count.`,
    fix: () => "Rename one of the fields, or give it another name for the command line: { name: '...' }.",
  }),
  PARAMETER_OPTIONS_INVALID: entry<{ field: string; factory: string; given: string; options: readonly string[] }>({
    exit: 2,
    when: 'A parameter is declared with something other than an object of options.',
    message: (d) => `${d.factory} for ${d.field} was given ${d.given}; it takes an object of options.`,
    fix: (d) => `Write the options by name. There are: ${list(d.options)}.`,
  }),
  PARAMETER_OPTION_UNKNOWN: entry<{ field: string; factory: string; option: string; options: readonly string[] }>({
    exit: 2,
    when: 'A parameter is declared with an option that does not exist.',
    message: (d) => `${d.factory} for ${d.field} has no option '${d.option}'. It has: ${list(d.options)}.`,
    fix: (d) => `Correct the name of '${d.option}', or leave it out.`,
  }),
  PARAMETER_OPTION_INVALID: entry<{ field: string; option: string; given: string; allowed: string }>({
    exit: 2,
    when: "An option of a parameter's declaration has a value that is not allowed.",
    message: (d) => `The parameter ${d.field}: '${d.option}' is ${d.given}; allowed is ${d.allowed}.`,
    fix: (d) => `Give '${d.option}' ${d.allowed}.`,
  }),
  PARAMETER_SCHEMA_INVALID: entry<{ field: string; given: string }>({
    exit: 2,
    when: '`Parameter.of` is given something that is no Standard Schema.',
    message: (d) => `Parameter.of for ${d.field} was given ${d.given}, which is no Standard Schema (version 1).`,
    fix: () =>
      'Give it a validator of zod 3.24 or newer, valibot 1, arktype 2 or another library that implements Standard Schema.',
  }),
  PARAMETER_NOT_A_FIELD: entry<{ flow: string; factory: string }>({
    exit: 2,
    when: 'A parameter is declared, but no public field of the flow holds it.',
    message: (d) => `${d.flow} calls ${d.factory}, but no field of it holds the parameter.`,
    fix: (d) => `Declare it as a field of its own, neither private nor static: \`rate = ${d.factory}(...)\`.`,
  }),
  PARAMETER_OUTSIDE_FLOW: entry<{ factory: string }>({
    exit: 2,
    when: 'A parameter is declared outside a flow, or the flow is constructed by hand.',
    message: (d) => `${d.factory} was called outside of a flow that flowctl constructs.`,
    fix: (d) =>
      `Declare it as a field (\`rate = ${d.factory}(...)\`, not static), and let flowctl make the instance: do not call \`new\`.`,
  }),
} as const

import { entry } from './define/entry.ts'

const didYouMean = (nearest: readonly string[]): string =>
  nearest.length === 0 ? '' : ` Did you mean ${nearest.join(' or ')}?`

/** Wrong use of the command line. */
export const commandErrors = {
  COMMAND_UNKNOWN: entry<{ given: string; nearest: readonly string[]; file: boolean; under?: string; usage?: string }>({
    exit: 2,
    when: 'The first word of the command line is no command, or the word after a command of several.',
    message: (d) => {
      const missing = d.under === undefined ? 'There is no command' : `'${d.under}' has no command`
      return `${missing} '${d.given}'.${didYouMean(d.nearest)}`
    },
    fix: (d) => {
      if (d.usage !== undefined) return `Write it like this: ${d.usage}`
      if (d.file) return `Say what to do with the flow: flowctl run ${d.given}`
      return "'flowctl --help' lists the commands; a flow is run with 'flowctl run FILE'."
    },
  }),
  COMMAND_MISSING_ARGUMENT: entry<{ command: string; argument: string; usage: string }>({
    exit: 2,
    when: 'A command is given without something it cannot do without, such as the flow file.',
    message: (d) => `'${d.command}' needs ${d.argument}.`,
    fix: (d) => `Write it like this: ${d.usage}`,
  }),
  COMMAND_FILE_FIRST: entry<{ command: string; given: string }>({
    exit: 2,
    when: 'A parameter or an unknown option stands where the flow file is expected.',
    message: (d) => `'${d.command}' takes the flow file first, but was given '${d.given}'.`,
    fix: (d) => `Put the file before the parameters: ${d.command} FILE ${d.given} ...`,
  }),
  COMMAND_TOO_MANY_ARGUMENTS: entry<{ command: string; given: readonly string[]; usage: string }>({
    exit: 2,
    when: 'A command is given more words than it takes.',
    message: (d) => `'${d.command}' does not take ${d.given.map((word) => `'${word}'`).join(', ')}.`,
    fix: (d) => `Write it like this: ${d.usage}`,
  }),
  COMMAND_UNEXPECTED_VALUE: entry<{ given: string }>({
    exit: 2,
    when: 'After the flow file stands a word that is neither an option nor the value of one.',
    message: (d) => `'${d.given}' stands alone: it is neither an option nor the value of one.`,
    fix: () => 'Give parameters by name, e.g. --alpha 5; quote values that contain spaces.',
  }),
  COMMAND_UNKNOWN_OPTION: entry<{ command: string; given: string; nearest: readonly string[] }>({
    exit: 2,
    when: 'An option that the command does not know.',
    message: (d) => `'${d.command}' has no option '${d.given}'.${didYouMean(d.nearest)}`,
    fix: (d) => `'${d.command} --help' lists the options.`,
  }),
  COMMAND_UNKNOWN_PARAMETER: entry<{
    given: string
    flow: string
    nearest: readonly string[]
    parameters: readonly string[]
  }>({
    exit: 2,
    when: 'An option of `run` that is neither one of its own nor a parameter of the flow.',
    message: (d) =>
      `'${d.given}' is neither a parameter of ${d.flow} nor an option of 'flowctl run'.${didYouMean(d.nearest)}`,
    fix: (d) =>
      d.parameters.length === 0
        ? `${d.flow} has no parameters; 'flowctl run --help' lists the options.`
        : `The parameters of ${d.flow} are ${d.parameters.join(', ')}; 'flowctl run FILE --help' explains them.`,
  }),
  COMMAND_RESUME_PARAMETER: entry<{ given: string; flow: string }>({
    exit: 2,
    when: 'A parameter is given to `resume`.',
    message: (d) => `'${d.given}' cannot be given to a resumed run: it takes its parameters from its origin.`,
    fix: (d) => `Leave ${d.given} out, or start a new run of ${d.flow} with it: flowctl run FILE ${d.given} ...`,
  }),
  COMMAND_OPTION_NEEDS_VALUE: entry<{ option: string; next: string | undefined }>({
    exit: 2,
    when: 'An option that takes a value stands without one.',
    message: (d) =>
      d.next === undefined
        ? `${d.option} needs a value, and there is none after it.`
        : `${d.option} needs a value, but '${d.next}' follows it.`,
    fix: (d) => `Write ${d.option} VALUE, or ${d.option}=VALUE when the value starts with dashes.`,
  }),
  COMMAND_NEEDS_OPTION: entry<{ option: string; needs: string }>({
    exit: 2,
    when: 'An option is given that means something only together with another one.',
    message: (d) => `${d.option} means something only together with ${d.needs}.`,
    fix: (d) => `Add ${d.needs}, or leave ${d.option} out.`,
  }),
  COMMAND_BAD_VALUE: entry<{ source: string; given: string; expected: string }>({
    exit: 2,
    when: 'The value of an option, given on the command line or in the environment, is not one it can have.',
    message: (d) => `${d.source} is '${d.given}', but must be ${d.expected}.`,
    fix: (d) => `Give ${d.source} ${d.expected}.`,
  }),
  COMMAND_MEMORY_DATASTORE: entry<{ url: string }>({
    exit: 2,
    when: '`run` or `resume` is given a datastore in memory.',
    message: (d) => `A run cannot be kept in '${d.url}': its tasks run in processes that do not share memory.`,
    fix: () => 'Name a folder; one below the temporary folder of the system will do for a trial.',
  }),
  COMMAND_UNKNOWN_USER: entry<Record<string, never>>({
    exit: 2,
    when: 'The operating system does not tell who is running the command.',
    message: () => 'It is not known who you are: the system gives no user name.',
    fix: () => 'Set FLOWCTL_USER to your name.',
  }),
  COMMAND_FILE_NOT_WRITABLE: entry<{ option: string; file: string; reason: string }>({
    exit: 2,
    when: 'The file that an option names cannot be written.',
    message: (d) => `${d.option} names '${d.file}', which cannot be written: ${d.reason}.`,
    fix: () => 'Name a file in a folder that exists and that you may write to.',
  }),
  COMMAND_DUMP_NEEDS_ARTIFACT: entry<{ given: string }>({
    exit: 2,
    when: '`dump --file` is given a pathspec that is not of one artifact.',
    message: (d) => `--file writes one artifact, but '${d.given}' may hold several.`,
    fix: () => 'Add the name of the artifact to the pathspec: Flow/run/step/task/artifact.',
  }),
  COMMAND_NOT_JSON: entry<{ pathspec: string; reason: string }>({
    exit: 2,
    when: '`dump --file` is to write a value as JSON that JSON cannot hold.',
    message: (d) => `${d.pathspec} cannot be written as JSON: ${d.reason}.`,
    fix: () => "Give the file another ending than '.json' to get the stored bytes as they are.",
  }),
  COMMAND_FOLDER_NOT_EMPTY: entry<{ folder: string; found: string }>({
    exit: 2,
    when: '`init` is given a folder that has something in it.',
    message: (d) => `'${d.folder}' is not an empty folder: it has '${d.found}' in it.`,
    fix: () => 'Name a folder that is empty or does not exist yet.',
  }),
  COMMAND_FOLDER_IS_FILE: entry<{ folder: string }>({
    exit: 2,
    when: '`init` is given a path that is, or goes through, a file.',
    message: (d) => `'${d.folder}' cannot be made a folder: there is a file in its place.`,
    fix: () => 'Name a folder that is empty or does not exist yet.',
  }),
  COMMAND_RUN_AMBIGUOUS: entry<{ given: string; found: readonly string[] }>({
    exit: 2,
    when: 'A run is named by its id alone, and several flows have a run of that id.',
    message: (d) => `Several runs have the id '${d.given}': ${d.found.join(', ')}.`,
    fix: () => 'Name the flow too, e.g. Flow/run.',
  }),
} as const

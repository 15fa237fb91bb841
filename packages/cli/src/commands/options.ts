import { Option, type Command } from 'commander'
import { RUN_AFTER } from './help-texts.ts'

/** Takes the exit code of a command. */
export type End = (code: number) => void

export const datastoreOption = (): Option =>
  new Option('--datastore <URL>', 'folder or URL of the datastore (FLOWCTL_DATASTORE; else the nearest .flowctl)')
export const jsonOption = (): Option => new Option('--json', 'print JSON')
export const verboseOption = (): Option => new Option('--verbose', "show flowctl's own stack frames too")
/** For options that can be repeated. */
export const append = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

/** What `run`, `resume` and `submit` have in common. `slots`: how many tasks run at a time by default. */
export function withRunOptions(command: Command, slots = 'the number of cores'): Command {
  return command
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .option('--tag <TAG>', 'tag the run (can be repeated)', append)
    .option('--max-workers <N>', `tasks at a time, at most (default: ${slots})`)
    .option('--max-num-splits <N>', 'tasks of a foreach, at most (default: 100000)')
    .option(
      '--with <DECORATOR>',
      'add a decorator to every step that lacks it, e.g. retry:times=3 (can be repeated)',
      append,
    )
    .option('--isolate', 'give every task a process of its own')
    .option('--run-id-file <FILE>', 'write the run id to FILE when the run starts')
    .option('--max-log-size <MIB>', 'mebibytes kept of the log of one task, at most (default: 10)')
    .addOption(datastoreOption())
    .option('--quiet', 'print only what tasks write, and failures')
    .option('--json', 'print one JSON event a line')
    .addOption(verboseOption())
    .option('-h, --help', 'print help; after FILE: with the parameters of the flow')
    .addHelpText('after', RUN_AFTER)
}

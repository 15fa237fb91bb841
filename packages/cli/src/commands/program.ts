import { Command } from 'commander'
import { unknownCommand } from '../arguments/usage-error.ts'
import type { CommandContext } from '../context/context.ts'
import { version } from '../package/files.ts'
import { EXIT_CODES } from './help-texts.ts'
import { append, datastoreOption, jsonOption, verboseOption, withRunOptions, type End } from './options.ts'
import { addShared, withSubmitOptions } from './shared-program.ts'

/**
 * All commands with their options. What a command does is imported when it is called, so that none pays for the others; its exit
 * code goes to `end`.
 */
export function makeProgram(context: CommandContext, end: (code: number) => void): Command {
  const program: Command = new Command('flowctl')
    .description('Runs workflows written in TypeScript.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [COMMAND]', 'print help for a command')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      // Errors are printed once, in flowctl's own form, by main.
      writeErr: () => undefined,
      getOutHelpWidth: () => context.stdout.columns ?? 100,
    })
    .addHelpText('after', EXIT_CODES)
    .argument('[COMMAND]')
    .usage('COMMAND ...')
    .action((given: string | undefined) => {
      if (given !== undefined) throw unknownCommand(given, program)
      program.outputHelp()
    })
  addRunning(program, context, end)
  addLooking(program, context, end)
  addReading(program, context, end)
  addTagging(program, context, end)
  addShared(program, context, end)
  return program
}

function addRunning(program: Command, context: CommandContext, end: End): void {
  const run = program
    .command('run')
    .description('run a flow here')
    .argument('[FILE]', 'the flow file')
    .usage('FILE [--PARAM VALUE]... [options]')
  withRunOptions(run).action(async () => end(await (await import('./run.ts')).runCommand(context, run)))
  const resume = program
    .command('resume')
    .description('run what is left of a run that failed, or STEP and all after it again')
    .argument('[FILE]', 'the flow file')
    .argument('[STEP]', 'run this step and all after it again')
    .usage('FILE [STEP] [options]')
    .option('--origin-run-id <ID>', "the run to resume (default: the flow's newest run)")
    .option('--submit', 'run it on shared compute, as `submit` does')
  withSubmitOptions(withRunOptions(resume)).action(async () =>
    end(await (await import('./resume.ts')).resumeCommand(context, resume)),
  )
}

function addLooking(program: Command, context: CommandContext, end: End): void {
  program
    .command('show')
    .description('describe a flow: its steps, parameters and docstrings')
    .argument('<FILE>', 'the flow file')
    .addOption(verboseOption())
    .action(async (file: string) => end(await (await import('./flow-commands.ts')).showCommand(context, file)))
  program
    .command('check')
    .description('find the problems of a flow without running it')
    .argument('<FILE>', 'the flow file')
    .addOption(verboseOption())
    .action(async (file: string) => end(await (await import('./flow-commands.ts')).checkCommand(context, file)))
  program
    .command('graph')
    .description("print a flow's graph for other tools")
    .argument('<FILE>', 'the flow file')
    .option('--format <FORMAT>', 'dot, mermaid or json', 'dot')
    .addOption(verboseOption())
    .action(async (file: string, options: { format: string }) =>
      end(await (await import('./flow-commands.ts')).graphCommand(context, file, options)),
    )
  program
    .command('init')
    .description('make a small project with a flow and its test, ready to run')
    .argument('<DIR>', 'a new or empty folder')
    .action(async (folder: string) => end(await (await import('./init.ts')).initCommand(context, folder)))
}

function addReading(program: Command, context: CommandContext, end: End): void {
  const list = program.command('list').description('list flows, runs or tasks').usage('flows | runs FLOW | tasks RUN')
  list
    .command('flows')
    .description('all flows of the datastore')
    .addOption(datastoreOption())
    .addOption(jsonOption())
    .action(async (options) => end(await (await import('./list-flows.ts')).listFlowsCommand(context, options)))
  list
    .command('runs')
    .description("a flow's runs, the newest first")
    .argument('<FLOW>', 'the class name')
    .option('--tag <TAG>', 'only runs with this tag (can be repeated: all of them)', append)
    .option('--status <STATUS>', 'only runs with this status: running, succeeded, failed, cancelled, interrupted')
    .option('--limit <N>', 'runs at most', '30')
    .option('--all-users', 'runs of everybody, not only yours')
    .option('--namespace <NS>', 'runs of another namespace, e.g. user:NAME')
    .addOption(datastoreOption())
    .addOption(jsonOption())
    .action(async (flow: string, options) =>
      end(await (await import('./list-runs.ts')).listRunsCommand(context, flow, options)),
    )
  list
    .command('tasks')
    .description("a run's tasks in the order of its steps")
    .argument('<RUN>', 'Flow/run, or Flow for its latest run')
    .option('--step <STEP>', 'only tasks of this step')
    .option('--status <STATUS>', 'only tasks with this outcome: succeeded, caught, failed')
    .option('--limit <N>', 'tasks at most', '1000')
    .addOption(datastoreOption())
    .addOption(jsonOption())
    .action(async (run: string, options) =>
      end(await (await import('./list-tasks.ts')).listTasksCommand(context, run, options)),
    )
  program
    .command('status')
    .description('how a run is doing: tasks by step, the first failure')
    .argument('<RUN>', 'Flow/run, or Flow for its latest run')
    .addOption(datastoreOption())
    .addOption(jsonOption())
    .addOption(verboseOption())
    .action(async (run: string, options) =>
      end(await (await import('./status.ts')).statusCommand(context, run, options)),
    )
  program
    .command('logs')
    .description('what the tasks of a run, of a step, or one task wrote')
    .argument('<PATHSPEC>', 'Flow/run, Flow/run/step or Flow/run/step/task')
    .option('--stdout', 'only standard output')
    .option('--stderr', 'only standard error')
    .option('--timestamps', 'put its time before every line')
    .option('--attempt <N>', 'of this attempt, counted from 0 (default: the last)')
    .option('-f, --follow', 'of a going run on shared compute: go on until it has ended')
    .addOption(datastoreOption())
    .action(async (pathspec: string, options) =>
      end(await (await import('./logs.ts')).logsCommand(context, pathspec, options)),
    )
  program
    .command('dump')
    .description('the artifacts of a run, a step or a task, or the value of one')
    .argument('<PATHSPEC>', 'Flow/run, Flow/run/step, Flow/run/step/task or Flow/run/step/task/artifact')
    .option('--max-value-size <BYTES>', 'larger values are not shown (default: 1000; one artifact is shown whole)')
    .option('--file <OUT>', 'write one artifact to OUT: as JSON if it ends in .json; else text and bytes as they are')
    .addOption(datastoreOption())
    .addOption(jsonOption())
    .action(async (pathspec: string, options) =>
      end(await (await import('./dump.ts')).dumpCommand(context, pathspec, options)),
    )
}

function addTagging(program: Command, context: CommandContext, end: End): void {
  const tag = program
    .command('tag')
    .description('list or change the tags of a run')
    .usage('add | remove | replace | list RUN ...')
  const run = ['<RUN>', 'Flow/run, or Flow for its latest run'] as const
  tag
    .command('add')
    .description('add tags')
    .argument(...run)
    .argument('<TAG...>')
    .addOption(datastoreOption())
    .action(async (of: string, tags: string[], options) =>
      end(await (await import('./tag.ts')).tagCommand(context, of, { ...options, add: tags })),
    )
  tag
    .command('remove')
    .description('remove tags')
    .argument(...run)
    .argument('<TAG...>')
    .addOption(datastoreOption())
    .action(async (of: string, tags: string[], options) =>
      end(await (await import('./tag.ts')).tagCommand(context, of, { ...options, remove: tags })),
    )
  tag
    .command('replace')
    .description('remove some tags and add others at once')
    .argument(...run)
    .option('--remove <TAG>', 'a tag to remove (can be repeated)', append)
    .option('--add <TAG>', 'a tag to add (can be repeated)', append)
    .addOption(datastoreOption())
    .action(async (of: string, options) => end(await (await import('./tag.ts')).tagCommand(context, of, options)))
  tag
    .command('list')
    .description('list the tags')
    .argument(...run)
    .addOption(datastoreOption())
    .addOption(jsonOption())
    .action(async (of: string, options) => end(await (await import('./tag.ts')).tagListCommand(context, of, options)))
}

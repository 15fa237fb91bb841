import { Option, type Command } from 'commander'
import type { CommandContext } from '../context/context.ts'
import { datastoreOption, jsonOption, verboseOption, withRunOptions, type End } from './options.ts'

/** The commands of shared compute. */
export function addShared(program: Command, context: CommandContext, end: End): void {
  addServices(program, context, end)
  const submit = program
    .command('submit')
    .description('run a flow on shared compute; prints the pathspec of the run')
    .argument('[FILE]', 'the flow file')
    .usage('FILE [--PARAM VALUE]... [options]')
  withSubmitOptions(withRunOptions(submit, 'the slots of all workers')).action(async () =>
    end(await (await import('./submit.ts')).submitCommand(context, submit)),
  )
  program
    .command('cancel')
    .description('stop a submitted run: what runs is killed, what is done is kept')
    .argument('<RUN>', 'Flow/run, or Flow for its latest run')
    .addOption(datastoreOption())
    .addOption(verboseOption())
    .action(async (run: string, options) =>
      end(await (await import('./cancel.ts')).cancelCommand(context, run, options)),
    )
  program
    .command('queues')
    .description('what waits and runs in each queue')
    .addOption(jsonOption())
    .action(async (options) => end(await (await import('./queues.ts')).queuesCommand(context, options)))
  program
    .command('workers')
    .description('the workers that are connected')
    .addOption(jsonOption())
    .action(async (options) => end(await (await import('./workers.ts')).workersCommand(context, options)))
}

/** What `submit`, and `resume` with `--submit`, have beyond `run`. */
export function withSubmitOptions(command: Command): Command {
  return command
    .option('--follow', 'show the run until it has ended, and exit as it did; Ctrl-C ends only the showing')
    .option('--priority <P>', 'before all runs of a higher number; 1 is the most urgent (default: 1000)')
}

function addServices(program: Command, context: CommandContext, end: End): void {
  const up = program
    .command('up')
    .description('start everything on this machine: Redis (unless FLOWCTL_REDIS_URL is set), a coordinator, a worker')
  withWorkerOptions(up)
    .addOption(datastoreOption())
    .addOption(logLevelOption())
    .addOption(verboseOption())
    .action(async (options) => end(await (await import('./up.ts')).upCommand(context, options)))
  const coordinator = program
    .command('coordinator')
    .description('admit, finish and recover runs; any number can be started')
  withServiceOptions(coordinator).action(async (options) =>
    end(await (await import('./serve.ts')).coordinatorCommand(context, options)),
  )
  const worker = program.command('worker').description('run tasks; any number can be started')
  withServiceOptions(withWorkerOptions(worker)).action(async (options) =>
    end(await (await import('./serve.ts')).workerCommand(context, options)),
  )
}

function withWorkerOptions(command: Command): Command {
  return command
    .option('--pools <NAMES>', 'pools to serve, e.g. default,gpu (default: all)')
    .option('--slots <N>', 'tasks at a time (default: the number of cores)')
    .option('--grace <SECONDS>', 'time for running tasks to finish at the end (default: 30)')
}

function withServiceOptions(command: Command): Command {
  return command
    .option('--host <ADDRESS>', 'address for /healthz, /readyz and /metrics (default: 127.0.0.1)')
    .option('--port <PORT>', 'their port (default: 0, a free one)')
    .addOption(datastoreOption())
    .addOption(logLevelOption())
    .addOption(verboseOption())
}

const logLevelOption = (): Option =>
  new Option('--log-level <LEVEL>', 'debug, info, warn, error or silent (default: info)')

import type { Command } from 'commander'
import { readParameters } from '../arguments/parameters.ts'
import { readRunOptions, recordedOf, type RawRunOptions, type RunSettings } from '../arguments/run-options.ts'
import { commandName, optionNames, usageOf } from '../arguments/usage-error.ts'
import { EXIT, type CommandContext } from '../context/context.ts'
import { paintFor } from '../format/paint.ts'
import { parameterHelp } from '../render/parameter-help.ts'
import { showRun, checkRunIdFile, checkRunTags } from './show-run.ts'
import { datastoreToWrite } from './datastore.ts'
import { fileAndRest, lookAtFlow, openFlowFile, type OpeningOptions } from './flow-file.ts'
import { userOf } from '../context/user.ts'

/** `flowctl run FILE ...` */
export async function runCommand(context: CommandContext, command: Command): Promise<number> {
  const raw = command.opts<RawRunOptions & { help?: true; datastore?: string }>()
  if (raw.help === true) return runHelp(context, command)
  const [file, words] = fileAndRest(commandName(command), command.args, usageOf(command))
  const settings = readRunOptions(raw, context.environment)
  await checkRunTags(settings)
  const user = userOf(context)
  const datastore = await datastoreToWrite(context, raw.datastore)
  const flow = await openFlowFile(context, file, datastore, opening(settings))
  try {
    const parameters = readParameters(words, flow.description, context.environment, optionNames(command))
    checkRunIdFile(context, settings)
    return await showRun(context, settings, datastore, user, (onEvent) =>
      flow.run({ parameters, user, onEvent, ...recordedOf(settings) }),
    )
  } finally {
    await flow.close()
  }
}

/** The settings that matter when the flow is opened. */
export function opening({ with: decorators, maxWorkers, isolate }: RunSettings): OpeningOptions {
  return { with: decorators, isolate, ...(maxWorkers === undefined ? {} : { maxWorkers }) }
}

/** With FILE, the flow's parameters come first. */
export async function runHelp(context: CommandContext, command: Command): Promise<number> {
  const [file] = command.args
  if (file !== undefined && !file.startsWith('-')) {
    const paint = paintFor(context.stdout, context.environment)
    const lines = await lookAtFlow(context, file, (flow) => parameterHelp(flow.description, flow.graph.doc, paint))
    context.stdout.write(`${lines.join('\n')}\n\n`)
  }
  command.outputHelp()
  return EXIT.done
}

import { flowError, nearestNames } from '@flowctl/core'
import type { ResumePlan } from '@flowctl/runs'
import type { Command } from 'commander'
import { findParameter } from '../arguments/parameters.ts'
import { readRunOptions, recordedOf, type RawRunOptions } from '../arguments/run-options.ts'
import { commandName, optionNames, usageOf } from '../arguments/usage-error.ts'
import { EXIT, type CommandContext } from '../context/context.ts'
import { paintFor } from '../format/paint.ts'
import { planLines } from '../render/resume-plan.ts'
import type { OpenedFlow } from '@flowctl/runs'
import { showRun, checkRunIdFile, checkRunTags } from './show-run.ts'
import { datastoreToRead } from './datastore.ts'
import { fileAndRest, openFlowFile } from './flow-file.ts'
import { opening } from './run.ts'
import { userOf } from '../context/user.ts'

interface RawResumeOptions extends RawRunOptions {
  readonly help?: true
  readonly datastore?: string
  readonly originRunId?: string
  readonly submit?: boolean
  readonly follow?: boolean
  readonly priority?: string
}

/** `flowctl resume FILE [STEP] ...` */
export async function resumeCommand(context: CommandContext, command: Command): Promise<number> {
  const raw = command.opts<RawResumeOptions>()
  if (raw.help === true) {
    command.outputHelp()
    return EXIT.done
  }
  const [file, words] = fileAndRest(commandName(command), command.args, usageOf(command))
  if (raw.submit === true) return submitResumed(context, command, file, words, raw)
  if (raw.follow === true) throw flowError('COMMAND_NEEDS_OPTION', { option: '--follow', needs: '--submit' })
  if (raw.priority !== undefined) throw flowError('COMMAND_NEEDS_OPTION', { option: '--priority', needs: '--submit' })
  const settings = readRunOptions(raw, context.environment)
  await checkRunTags(settings)
  const user = userOf(context)
  const datastore = await datastoreToRead(context, raw.datastore)
  const flow = await openFlowFile(context, file, datastore, opening(settings))
  try {
    const plan = await planOf(flow, words, raw, command)
    checkRunIdFile(context, settings)
    sayPlan(context, settings, plan)
    return await showRun(context, settings, datastore, user, (onEvent) =>
      flow.resume(plan, { user, onEvent, ...recordedOf(settings) }),
    )
  } finally {
    await flow.close()
  }
}

/** `flowctl resume FILE [STEP] --submit` */
async function submitResumed(
  context: CommandContext,
  command: Command,
  file: string,
  words: readonly string[],
  raw: RawResumeOptions,
): Promise<number> {
  const { submit } = await import('./submit.ts')
  return submit(context, command, file, raw, async (flow, settings, user) => {
    const plan = await planOf(flow, words, raw, command)
    checkRunIdFile(context, settings)
    // Without --follow, standard output is the pathspec of the run alone.
    if (raw.follow === true) sayPlan(context, settings, plan)
    return flow.prepare({ user, ...recordedOf(settings) }, plan)
  })
}

function planOf(
  flow: OpenedFlow,
  words: readonly string[],
  raw: RawResumeOptions,
  command: Command,
): Promise<ResumePlan> {
  const step = readStep(words, flow, command)
  const origin = readOrigin(raw.originRunId, flow.graph.flow)
  return flow.planResume({ ...(origin === undefined ? {} : { origin }), ...(step === undefined ? {} : { step }) })
}

/** A run id, or the pathspec of a run of this flow. */
function readOrigin(given: string | undefined, flow: string): string | undefined {
  const [run, of = flow, ...more] = given?.split('/').toReversed() ?? []
  if (given !== undefined && (of !== flow || more.length > 0)) {
    throw flowError('COMMAND_BAD_VALUE', { source: '--origin-run-id', given, expected: `a run of ${flow}` })
  }
  return run
}

/** What follows FILE is a step at most; parameters are refused with the reason. */
function readStep(words: readonly string[], flow: OpenedFlow, command: Command): string | undefined {
  const option = words.find((word) => word.startsWith('-'))
  if (option !== undefined) {
    const given = option.split('=')[0] as string
    const name =
      given.startsWith('--no-') && findParameter(given, flow.description) === undefined ? `--${given.slice(5)}` : given
    if (findParameter(name, flow.description) !== undefined) {
      throw flowError('COMMAND_RESUME_PARAMETER', { given, flow: flow.graph.flow })
    }
    const close = nearestNames(given, optionNames(command))
    throw flowError('COMMAND_UNKNOWN_OPTION', { command: commandName(command), given, nearest: close })
  }
  if (words.length > 1) {
    const given = words.slice(1)
    throw flowError('COMMAND_TOO_MANY_ARGUMENTS', { command: commandName(command), given, usage: usageOf(command) })
  }
  return words[0]
}

function sayPlan(context: CommandContext, settings: { json: boolean; quiet: boolean }, plan: ResumePlan): void {
  if (settings.json) {
    const origin = `${plan.origin.flow}/${plan.origin.run}`
    context.stdout.write(
      `${JSON.stringify({ type: 'resume-plan', at: context.now(), origin, step: plan.step, steps: plan.steps })}\n`,
    )
  } else if (!settings.quiet) {
    const paint = paintFor(context.stdout, context.environment)
    context.stdout.write(`${planLines(plan, paint).join('\n')}\n\n`)
  }
}

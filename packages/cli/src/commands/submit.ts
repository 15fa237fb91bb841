import type { RunRecord } from '@flowctl/core'
import { agreeOnDatastore, submitRun, type Connection } from '@flowctl/queue'
import type { OpenedFlow, PreparedRun } from '@flowctl/runs'
import type { Command } from 'commander'
import { readParameters } from '../arguments/parameters.ts'
import {
  positiveInteger,
  readRunOptions,
  recordedOf,
  type RawRunOptions,
  type RunSettings,
} from '../arguments/run-options.ts'
import { commandName, optionNames, usageOf } from '../arguments/usage-error.ts'
import { EXIT, type CommandContext } from '../context/context.ts'
import { checkRunIdFile, checkRunTags, writeRunId } from './show-run.ts'
import { fileAndRest, openFlowFile, type OpeningOptions } from './flow-file.ts'
import { follow } from './follow.ts'
import { runHelp } from './run.ts'
import { connectShared, openShared, sharedCompute } from './shared-compute.ts'
import { userOf } from '../context/user.ts'

export interface RawSubmitOptions extends RawRunOptions {
  readonly help?: true
  readonly datastore?: string
  readonly follow?: boolean
  readonly priority?: string
}

/** `flowctl submit FILE ...` */
export async function submitCommand(context: CommandContext, command: Command): Promise<number> {
  const raw = command.opts<RawSubmitOptions>()
  if (raw.help === true) return runHelp(context, command)
  const [file, words] = fileAndRest(commandName(command), command.args, usageOf(command))
  return submit(context, command, file, raw, async (flow, settings, user) => {
    const parameters = readParameters(words, flow.description, context.environment, optionNames(command))
    checkRunIdFile(context, settings)
    return flow.prepare({ parameters, user, ...recordedOf(settings) })
  })
}

/** What `submit` and `resume --submit` have in common: open the flow, let `prepare` make the run, hand it over, perhaps follow it. */
export async function submit(
  context: CommandContext,
  command: Command,
  file: string,
  raw: RawSubmitOptions,
  prepare: (flow: OpenedFlow, settings: RunSettings, user: string) => Promise<PreparedRun>,
): Promise<number> {
  const settings = readRunOptions(raw, context.environment)
  const priority =
    raw.priority === undefined ? undefined : positiveInteger({ source: '--priority', text: raw.priority })
  await checkRunTags(settings)
  const user = userOf(context)
  const shared = await sharedCompute(context, commandName(command), { datastore: raw.datastore })
  const connection = await connectShared(shared)
  try {
    const datastore = await openShared(context, shared, 'write')
    await agreeOnDatastore(connection, datastore.store, 'visitor', context.now())
    const flow = await openFlowFile(context, file, datastore, opening(settings))
    for (const note of flow.notes) context.stderr.write(`${note}\n`)
    let prepared: PreparedRun
    try {
      prepared = await prepare(flow, settings, user)
    } finally {
      await flow.close()
    }
    const record = await submitRun(connection, {
      objects: datastore.store,
      record: onSharedCompute(prepared.record),
      tags: prepared.tags,
      adopted: prepared.adopted,
      pools: shared.settings.pools,
      ...(priority === undefined ? {} : { priority }),
      ...(settings.maxWorkers === undefined ? {} : { maxWorkers: settings.maxWorkers }),
    })
    writeRunId(context, settings, record.run)
    if (raw.follow === true) return await follow(context, settings, connection, datastore, record)
    say(context, settings, record, connection, datastore.shown)
    return EXIT.done
  } finally {
    await connection.close()
  }
}

/** Only one task process is needed, to read the parameters; the code package has to run on any machine. */
function opening({ with: decorators, isolate }: RunSettings): OpeningOptions {
  return { with: decorators, isolate, maxWorkers: 1, packages: 'bundle' }
}

function onSharedCompute(record: RunRecord): RunRecord {
  const systemTags = record.systemTags.map((tag) => (tag === 'runtime:local' ? 'runtime:bullmq' : tag))
  return { ...record, systemTags }
}

function say(
  context: CommandContext,
  { json }: RunSettings,
  { flow, run, createdAt, placement }: RunRecord,
  connection: Connection,
  datastore: string,
): void {
  const pathspec = `${flow}/${run}`
  const facts = { type: 'submitted', at: createdAt, pathspec, flow, run, datastore, redis: connection.url, placement }
  context.stdout.write(json ? `${JSON.stringify(facts)}\n` : `${pathspec}\n`)
}

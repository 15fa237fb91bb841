import { flowError } from '@flowctl/core'
import type { OpenedFlow } from '@flowctl/runs'
import type { CommandContext } from '../context/context.ts'
import { PRODUCT } from '../package/files.ts'
import { cacheFolder } from './cache.ts'
import { datastoreToCheck, type ChosenDatastore } from './datastore.ts'

/** FILE and what follows it on the command line of `command`. Throws COMMAND_MISSING_ARGUMENT and COMMAND_FILE_FIRST. */
export function fileAndRest(command: string, words: readonly string[], usage: string): [file: string, rest: string[]] {
  const [file, ...rest] = words
  if (file === undefined)
    throw flowError('COMMAND_MISSING_ARGUMENT', { command, argument: 'FILE, the flow file', usage })
  if (file.startsWith('-')) throw flowError('COMMAND_FILE_FIRST', { command, given: file })
  return [file, rest]
}

export interface OpeningOptions {
  readonly with?: readonly string[]
  readonly maxWorkers?: number
  readonly isolate?: boolean
  readonly packages?: 'link' | 'bundle'
}

/** Compiles, loads and checks a flow file. */
export async function openFlowFile(
  context: CommandContext,
  file: string,
  datastore: ChosenDatastore,
  options: OpeningOptions = {},
): Promise<OpenedFlow> {
  const { openFlow } = await import('@flowctl/runs')
  return openFlow(file, {
    store: datastore.store,
    cacheDir: cacheFolder(context, file),
    ...PRODUCT,
    env: datastore.environment,
    ...options,
  })
}

/** Hands the opened flow to `use` and closes it afterwards, whatever happens. Records nothing by itself. */
export async function lookAtFlow<T>(
  context: CommandContext,
  file: string,
  use: (flow: OpenedFlow) => T,
  options: OpeningOptions = {},
): Promise<T> {
  const flow = await openFlowFile(context, file, await datastoreToCheck(context), { maxWorkers: 1, ...options })
  try {
    return use(flow)
  } finally {
    await flow.close()
  }
}

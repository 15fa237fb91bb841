import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { flowError, type ObjectStore } from '@flowctl/core'
import type { OpenStoreOptions } from '@flowctl/datastore'
import type { CommandContext } from '../context/context.ts'
import { pathText } from '../errors/stack.ts'

/** The datastore a command works with. */
export interface ChosenDatastore {
  readonly store: ObjectStore
  /** As people would write it. */
  readonly shown: string
  /** It is a folder that does not exist yet. */
  readonly isNew: boolean
  /** The command's, with what reaches the datastore. */
  readonly environment: CommandContext['environment']
}

const FOLDER = '.flowctl'

/** What a datastore on S3 is checked for. */
export type Check = NonNullable<OpenStoreOptions['check']>

/**
 * For running: the datastore that was named, else the nearest one upwards, else a new one in the current folder. Throws
 * COMMAND_MEMORY_DATASTORE.
 */
export async function datastoreToWrite(context: CommandContext, option: string | undefined): Promise<ChosenDatastore> {
  const datastore =
    (await chosen(context, option, 'write')) ?? (await datastoreAt(context, join(context.cwd, FOLDER), 'write'))
  if (datastore.shown.startsWith('memory:')) throw flowError('COMMAND_MEMORY_DATASTORE', { url: datastore.shown })
  return datastore
}

/** For reading: the datastore that was named, else the nearest one upwards. Throws DATASTORE_NOT_FOUND. */
export async function datastoreToRead(context: CommandContext, option: string | undefined): Promise<ChosenDatastore> {
  const found = await chosen(context, option, 'read')
  if (found === undefined) throw flowError('DATASTORE_NOT_FOUND', { searched: [context.cwd, 'the folders above it'] })
  return found
}

/** For looking at a flow file: nothing is written, so without a datastore one in memory will do. */
export async function datastoreToCheck(context: CommandContext): Promise<ChosenDatastore> {
  return (await chosen(context, undefined, 'none')) ?? (await datastoreAt(context, 'memory:', 'none'))
}

async function chosen(
  context: CommandContext,
  option: string | undefined,
  check: Check,
): Promise<ChosenDatastore | undefined> {
  const { findDatastore } = await import('@flowctl/datastore')
  const folder = findDatastore(context.cwd)
  const configured = await configuration(context, folder)
  const named = option ?? (context.environment['FLOWCTL_DATASTORE'] || undefined) ?? configured.datastore ?? folder
  return named === undefined ? undefined : datastoreAt(context, named, check, configured.s3Endpoint)
}

/**
 * What a configuration file, or an `up` that runs here, says of the datastore. Few projects have either: without, nothing more is
 * loaded.
 */
async function configuration(
  { environment, cwd }: CommandContext,
  folder: string | undefined,
): Promise<{ readonly datastore?: string | undefined; readonly s3Endpoint?: string | undefined }> {
  const hasUp = folder !== undefined && existsSync(join(folder, 'up.json'))
  if (!hasUp && !environment['FLOWCTL_CONFIG'] && !hasConfigFile(cwd)) return {}
  const { readSettings, readUpFile } = await import('@flowctl/services')
  const { datastore, s3Endpoint } = await readSettings({ environment, cwd })
  const up = hasUp ? readUpFile(folder) : undefined
  return { datastore: datastore ?? up?.datastore, s3Endpoint: s3Endpoint ?? up?.s3Endpoint }
}

function hasConfigFile(from: string): boolean {
  for (let folder = from; ; folder = dirname(folder)) {
    if (namesIn(folder).some((name) => name.startsWith('flowctl.config.'))) return true
    if (dirname(folder) === folder) return false
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // One may be in a folder below one that one may not list.
    return []
  }
}

/** Opens a datastore by its name. */
export async function datastoreAt(
  context: CommandContext,
  named: string,
  check: Check,
  s3Endpoint?: string,
): Promise<ChosenDatastore> {
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(named)
  const url = isUrl ? named : resolve(context.cwd, named)
  const { openStore } = await import('@flowctl/datastore')
  const shown = isUrl ? named : pathText(url, context.cwd)
  const environment =
    s3Endpoint === undefined ? context.environment : { ...context.environment, FLOWCTL_S3_ENDPOINT: s3Endpoint }
  const store = await openStore(url, { env: environment, check })
  return { store, shown, environment, isNew: !isUrl && !existsSync(url) }
}

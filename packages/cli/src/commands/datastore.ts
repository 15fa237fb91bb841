import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { flowError, type ObjectStore } from '@flowctl/core'
import type { OpenStoreOptions } from '@flowctl/datastore'
import type { CommandContext } from '../context.ts'
import { pathText } from '../errors/stack.ts'

/** The datastore a command works with. */
export interface ChosenDatastore {
  readonly store: ObjectStore
  /** As people would write it. */
  readonly shown: string
  /** It is a folder that does not exist yet. */
  readonly isNew: boolean
}

const FOLDER = '.flowctl'

/** What a datastore on S3 is checked for. */
type Check = NonNullable<OpenStoreOptions['check']>

/**
 * For running: the datastore that was named, else the nearest one upwards, else a new one in the current folder. Throws
 * COMMAND_MEMORY_DATASTORE.
 */
export async function datastoreToWrite(context: CommandContext, option: string | undefined): Promise<ChosenDatastore> {
  const datastore =
    (await chosen(context, option, 'write')) ?? (await open(context, join(context.cwd, FOLDER), 'write'))
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
  return (await chosen(context, undefined, 'none')) ?? (await open(context, 'memory:', 'none'))
}

async function chosen(
  context: CommandContext,
  option: string | undefined,
  check: Check,
): Promise<ChosenDatastore | undefined> {
  const named = option ?? (context.environment['FLOWCTL_DATASTORE'] || undefined)
  if (named !== undefined) return open(context, named, check)
  const { findDatastore } = await import('@flowctl/datastore')
  const found = findDatastore(context.cwd)
  return found === undefined ? undefined : open(context, found, check)
}

async function open(context: CommandContext, named: string, check: Check): Promise<ChosenDatastore> {
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(named)
  const url = isUrl ? named : resolve(context.cwd, named)
  const { openStore } = await import('@flowctl/datastore')
  const shown = isUrl ? named : pathText(url, context.cwd)
  const store = await openStore(url, { env: context.environment, check })
  return { store, shown, isNew: !isUrl && !existsSync(url) }
}

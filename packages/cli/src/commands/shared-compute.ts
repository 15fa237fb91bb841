import { join } from 'node:path'
import { flowError } from '@flowctl/core'
import type { Connection } from '@flowctl/queue'
import type { Flags, Settings } from '@flowctl/services'
import type { CommandContext } from '../context/context.ts'
import { datastoreAt, type ChosenDatastore, type Check } from './datastore.ts'

/** Options that all commands of shared compute have in common, as they were typed. */
export interface SharedOptions {
  readonly datastore?: string
}

/** Which Redis and which datastore a command works with. */
export interface SharedCompute {
  readonly settings: Settings & { readonly redisUrl: string; readonly datastore: string }
}

const FOLDER = '.flowctl'
/** How long a command waits for Redis, in milliseconds. */
const PATIENCE_MS = 3000

/**
 * Settings of the command line, the environment and the configuration file; what none of them says comes from the `flowctl up` that
 * runs in this folder or one above it. Throws REDIS_URL_MISSING, SETTING_* and CONFIG_FILE_UNREADABLE.
 */
export async function sharedCompute(
  context: CommandContext,
  command: string,
  flags: Flags = {},
): Promise<SharedCompute> {
  const { readSettings, readUpFile } = await import('@flowctl/services')
  const settings = await readSettings({ flags, environment: context.environment, cwd: context.cwd })
  const folder = await nearestFolder(context)
  const up = folder === undefined ? undefined : readUpFile(folder)
  const redisUrl = settings.redisUrl ?? up?.redisUrl
  if (redisUrl === undefined) throw flowError('REDIS_URL_MISSING', { command })
  const isOfUp = up !== undefined && redisUrl === up.redisUrl
  const { redisNamespace, shards } = isOfUp ? up : settings
  const datastore = settings.datastore ?? (isOfUp ? up.datastore : folder) ?? join(context.cwd, FOLDER)
  if (datastore.startsWith('memory:')) throw flowError('DATASTORE_NOT_SHARED', { command, url: datastore })
  const s3Endpoint = settings.s3Endpoint ?? (isOfUp ? up.s3Endpoint : undefined)
  const more = s3Endpoint === undefined ? {} : { s3Endpoint }
  return { settings: { ...settings, redisUrl, redisNamespace, shards, datastore, ...more } }
}

/** The nearest `.flowctl` upwards. */
export async function nearestFolder(context: CommandContext): Promise<string | undefined> {
  const { findDatastore } = await import('@flowctl/datastore')
  return findDatastore(context.cwd)
}

/** Throws DATASTORE_*. */
export function openShared(context: CommandContext, shared: SharedCompute, check: Check): Promise<ChosenDatastore> {
  return datastoreAt(context, shared.settings.datastore, check, shared.settings.s3Endpoint)
}

/** Throws REDIS_URL_INVALID and REDIS_UNREACHABLE. */
export async function connectShared({ settings }: SharedCompute): Promise<Connection> {
  const { connect } = await import('@flowctl/queue')
  const { redisUrl: url, redisNamespace: namespace, shards } = settings
  return connect({ url, namespace, shards, timeoutMs: PATIENCE_MS })
}

/** Hands a connection to `use` and closes it afterwards, whatever happens. */
export async function withConnection<T>(
  shared: SharedCompute,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connectShared(shared)
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}

import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { flowError, FlowProblems, nearestNames, type FlowctlError } from '@flowctl/core'
import { loadConfigFile, type ConfigFile } from './config-file.ts'
import { LOG_LEVELS, type Settings } from './settings.ts'
import { httpUrl, name, names, oneOf, pools, seconds, text, wholeNumberFrom, type Given } from './values.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Options of a command line as they were typed, by the name of the setting: `{ slots: '4' }` for `--slots 4`. */
export type Flags = Readonly<Partial<Record<keyof Settings, string | undefined>>>

export interface SettingsSource {
  readonly flags?: Flags
  readonly environment: Environment
  /** Where the search for a configuration file begins. */
  readonly cwd: string
}

/** How each setting is read. */
const READ = {
  redisUrl: text,
  redisNamespace: name,
  shards: wholeNumberFrom(1, 1024),
  datastore: text,
  s3Endpoint: httpUrl,
  pools,
  workerPools: names,
  slots: wholeNumberFrom(1, 1024),
  grace: seconds,
  logLevel: oneOf(LOG_LEVELS),
  host: text,
  port: wholeNumberFrom(0, 65_535),
} satisfies { readonly [K in keyof Settings]-?: (given: Given) => Settings[K] }

type Name = keyof typeof READ
const NAMES = Object.keys(READ) as readonly Name[]
/** The options that are not called as their setting. */
const OPTIONS: Partial<Record<Name, string>> = { workerPools: '--pools', logLevel: '--log-level' }

/**
 * Reads the settings: options win over the environment, it wins over the configuration file, that over the defaults. Throws, all at
 * once, SETTING_INVALID and SETTING_UNKNOWN, or CONFIG_FILE_UNREADABLE. Whether Redis can be reached shows later.
 */
export async function readSettings({ flags = {}, environment, cwd }: SettingsSource): Promise<Settings> {
  const file = await loadConfigFile(cwd, environment['FLOWCTL_CONFIG'] || undefined)
  const problems: FlowctlError[] = file === undefined ? [] : unknownSettings(file)
  const read: Partial<Record<Name, unknown>> = {}
  for (const setting of NAMES) {
    const given = givenFor(setting, flags, environment, file)
    if (given === undefined) continue
    try {
      read[setting] = READ[setting](given)
    } catch (error) {
      problems.push(error as FlowctlError)
    }
  }
  if (problems.length > 0) throw new FlowProblems(problems)
  const settings = withDefaults(read as Partial<Settings>)
  checkWorkerPools(settings, givenFor('workerPools', flags, environment, file))
  return settings
}

/** `FLOWCTL_S3_ENDPOINT` for `s3Endpoint`. */
export function variableOf(setting: string): string {
  return `FLOWCTL_${setting.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

function givenFor(
  setting: Name,
  flags: Flags,
  environment: Environment,
  file: ConfigFile | undefined,
): Given | undefined {
  const flag = flags[setting]
  if (flag !== undefined) return { source: OPTIONS[setting] ?? `--${setting}`, value: flag }
  const variable = variableOf(setting)
  if (environment[variable]) return { source: variable, value: environment[variable] }
  const value = file?.values[setting]
  if (file === undefined || value === undefined || value === null) return undefined
  return { source: `${setting} in ${file.path}`, value: setting === 'datastore' ? fromFile(value, file) : value }
}

/** A path in a file means the same wherever the command is started. */
function fromFile(value: unknown, file: ConfigFile): unknown {
  const isPath = typeof value === 'string' && value !== '' && !/^[a-z][a-z0-9+.-]+:/i.test(value)
  return isPath ? resolve(dirname(file.path), value) : value
}

function unknownSettings(file: ConfigFile): FlowctlError[] {
  return Object.keys(file.values)
    .filter((given) => !(given in READ))
    .map((given) =>
      flowError('SETTING_UNKNOWN', { given, file: file.path, nearest: nearestNames(given, NAMES), known: NAMES }),
    )
}

function withDefaults(read: Partial<Settings>): Settings {
  const all = read.pools ?? [{ name: 'default' }]
  return {
    redisNamespace: 'flowctl',
    shards: 1,
    pools: all,
    workerPools: all.map((pool) => pool.name),
    slots: availableParallelism(),
    grace: 30,
    logLevel: 'info',
    host: '127.0.0.1',
    port: 0,
    ...read,
  }
}

function checkWorkerPools({ pools: all, workerPools }: Settings, given: Given | undefined): void {
  const known = all.map((pool) => pool.name)
  const unknown = workerPools.find((one) => !known.includes(one))
  if (unknown === undefined) return
  const expected = `made of the pools that are configured: ${known.join(', ')}`
  throw flowError('SETTING_INVALID', { source: given?.source ?? 'workerPools', given: `'${unknown}'`, expected })
}

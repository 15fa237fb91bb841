import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { flowError } from '@flowctl/core'

/** A configuration file that was read. */
export interface ConfigFile {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
}

const BASE = 'flowctl.config'
const ENDINGS = ['.json', '.jsonc', '.yaml', '.yml', '.toml', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']

/** The configuration file nearest to `from`, in it or in a folder above it. */
export async function findConfigFile(from: string): Promise<string | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const entries = await readdir(folder).catch((): string[] => [])
    const found = ENDINGS.map((ending) => BASE + ending).find((one) => entries.includes(one))
    if (found !== undefined) return join(folder, found)
    if (dirname(folder) === folder) return undefined
  }
}

/**
 * Reads the file that is named, else the nearest one, if there is one. Code in it is run. Throws CONFIG_FILE_UNREADABLE.
 *
 * @param named relative to `cwd`
 */
export async function loadConfigFile(cwd: string, named: string | undefined): Promise<ConfigFile | undefined> {
  const path = named === undefined ? await findConfigFile(cwd) : resolve(cwd, named)
  if (path === undefined) return undefined
  if (!existsSync(path)) throw unreadable(path, 'there is no such file')
  if (!ENDINGS.includes(extname(path))) throw unreadable(path, `its name must end in one of ${ENDINGS.join(', ')}`)
  const values = (await isEmpty(path)) ? {} : await load(path)
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw unreadable(path, 'it must hold (or export by default) one object with the settings')
  }
  return { path, values: values as Record<string, unknown> }
}

/** A file in which all is commented out sets nothing. c12 fails on one. */
async function isEmpty(path: string): Promise<boolean> {
  return /\.ya?ml$/.test(path) && /^(?:\s*(?:#.*|---)?(?:\n|$))*$/.test(await readFile(path, 'utf8'))
}

async function load(path: string): Promise<unknown> {
  const { loadConfig } = await import('c12')
  try {
    const { layers = [] } = await loadConfig({
      cwd: dirname(path),
      configFile: basename(path),
      // What is in the file is all there is: nothing from elsewhere, nothing by the name of an environment.
      rcFile: false,
      globalRc: false,
      dotenv: false,
      packageJson: false,
      envName: false,
      extend: false,
      giget: false,
    })
    return layers[0]?.config
  } catch (cause) {
    // How c12 finds that a file holds nothing that could have members.
    if (cause instanceof TypeError && cause.message.includes("'$meta'")) return undefined
    const [line = ''] = String((cause as Error).message ?? cause).split('\n')
    throw unreadable(path, line, cause)
  }
}

function unreadable(file: string, reason: string, cause?: unknown): Error {
  return flowError('CONFIG_FILE_UNREADABLE', { file, reason }, { cause })
}

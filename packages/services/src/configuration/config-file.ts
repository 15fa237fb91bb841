import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { flowError } from '@flowctl/core'

/** A configuration file that was read. */
export interface ConfigFile {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
}

const BASE = 'flowctl.config'

/** How a file with each ending is read. What one of them needs is loaded when such a file is there. */
const READ = {
  '.json': async (path) => JSON.parse(await textOf(path)) as unknown,
  '.jsonc': async (path) => jsonWithComments(await textOf(path)),
  '.yaml': (path) => yaml(path),
  '.yml': (path) => yaml(path),
  '.toml': async (path) => (await import('confbox/toml')).parseTOML(await textOf(path)),
  '.js': javaScript,
  '.mjs': javaScript,
  '.cjs': javaScript,
  '.ts': typeScript,
  '.mts': typeScript,
  '.cts': typeScript,
} satisfies Record<string, (path: string) => Promise<unknown>>

type Ending = keyof typeof READ
const ENDINGS = Object.keys(READ) as readonly Ending[]

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
  const ending = ENDINGS.find((one) => one === extname(path))
  if (ending === undefined) throw unreadable(path, `its name must end in one of ${ENDINGS.join(', ')}`)
  const values = await READ[ending](path).catch((cause: unknown) => {
    const [line = ''] = String((cause as Error | undefined)?.message ?? cause).split('\n')
    throw unreadable(path, line, cause)
  })
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw unreadable(path, 'it must hold (or export by default) one object with the settings')
  }
  return { path, values: values as Record<string, unknown> }
}

/** Editors may begin a file with a byte order mark, which no parser takes. */
async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '')
}

async function jsonWithComments(text: string): Promise<unknown> {
  const { parseJSONC } = await import('confbox/jsonc')
  const errors: { readonly offset: number }[] = []
  const value = parseJSONC(text, { errors: errors as [], allowTrailingComma: true })
  const [first] = errors
  if (first === undefined) return value
  const before = text.slice(0, first.offset).split('\n')
  throw new Error(`it is not valid JSON at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`)
}

/** A YAML file in which all is commented out is null to YAML, and sets nothing. */
async function yaml(path: string): Promise<unknown> {
  const { parseYAML } = await import('confbox/yaml')
  return parseYAML(await textOf(path)) ?? {}
}

async function javaScript(path: string): Promise<unknown> {
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
  return exported(module.default ?? module)
}

/** Node 20 does not run TypeScript by itself. */
async function typeScript(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  return exported(await createJiti(path).import(path, { default: true }))
}

/** What a module exports may be a function that makes the settings. */
function exported(value: unknown): unknown {
  return typeof value === 'function' ? (value as () => unknown)() : value
}

function unreadable(file: string, reason: string, cause?: unknown): Error {
  return flowError('CONFIG_FILE_UNREADABLE', { file, reason }, { cause })
}

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { flowError } from '@flowctl/core'

/** The field `flowctl` of a project's package.json. */
export interface Declared {
  /** Packages that stay outside the code package: workers install them, at the versions of the lock file. */
  readonly external: readonly string[]
  /** Those of them whose install scripts are run; npm runs none of the others'. */
  readonly installScripts: readonly string[]
}

const FIELDS = ['external', 'installScripts'] as const

/** What the nearest package.json with a field `flowctl` above a folder says. Throws EXTERNAL_DECLARATION_INVALID. */
export function declaredAbove(folder: string): Declared {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json')
    const given = existsSync(file) ? fieldOf(file) : undefined
    if (given !== undefined) return checked(given, file)
    if (dirname(at) === at) return { external: [], installScripts: [] }
  }
}

function fieldOf(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { flowctl?: unknown }).flowctl
  } catch (cause) {
    throw flowError('EXTERNAL_DECLARATION_INVALID', { file, reason: 'it is not JSON' }, { cause })
  }
}

function checked(given: unknown, file: string): Declared {
  const invalid = (reason: string): never => {
    throw flowError('EXTERNAL_DECLARATION_INVALID', { file, reason })
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return invalid('"flowctl" is not an object')
  const unknown = Object.keys(given).find((name) => !(FIELDS as readonly string[]).includes(name))
  if (unknown !== undefined) return invalid(`"flowctl" has a field "${unknown}"; it may have ${FIELDS.join(' and ')}`)
  const names = (field: (typeof FIELDS)[number]): readonly string[] => {
    const value: unknown = (given as Partial<Record<string, unknown>>)[field] ?? []
    if (Array.isArray(value) && value.every((one) => typeof one === 'string' && isPackageName(one))) {
      return [...new Set(value as string[])].sort()
    }
    return invalid(`"flowctl.${field}" is not a list of package names`)
  }
  const [external, installScripts] = [names('external'), names('installScripts')]
  return { external: [...new Set([...external, ...installScripts])].sort(), installScripts }
}

function isPackageName(text: string): boolean {
  return /^(?:@[\w.~-]+\/)?[\w.~-]+$/.test(text) && !/^\.{1,2}$/.test(text)
}

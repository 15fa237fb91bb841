import { flowError } from '@flowctl/core'
import type { PoolSpec } from '@flowctl/queue'

/** A value and where it was given: `--slots`, `FLOWCTL_SLOTS`, `slots in flowctl.config.yaml`. */
export interface Given {
  readonly source: string
  /** Text from the command line and the environment; anything from a file. */
  readonly value: unknown
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** A number within bounds, as a number or as text. Throws SETTING_INVALID. */
export function wholeNumberFrom(least: number, most: number): (given: Given) => number {
  return (given) => {
    const value = typeof given.value === 'string' && /^\d+$/.test(given.value) ? Number(given.value) : given.value
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    const above = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw invalid(given, `a whole number ${above}`)
  }
}

export function seconds(given: Given): number {
  const { value } = given
  const number = typeof value === 'string' && /^\d*\.?\d+$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return number
  throw invalid(given, 'a number of seconds, 0 or more')
}

export function text(given: Given): string {
  if (typeof given.value === 'string' && given.value !== '') return given.value
  throw invalid(given, 'a text that is not empty')
}

/** A name that can be part of a Redis key. */
export function name(given: Given): string {
  if (typeof given.value === 'string' && NAME.test(given.value)) return given.value
  throw invalid(given, 'a name of letters, digits, `.`, `_` and `-`')
}

export function oneOf<const T extends string>(allowed: readonly T[]): (given: Given) => T {
  return (given) => {
    const found = allowed.find((one) => one === given.value)
    if (found !== undefined) return found
    throw invalid(given, `one of ${allowed.join(', ')}`)
  }
}

export function httpUrl(given: Given): string {
  const url = text(given)
  if (/^https?:\/\/[^/]+/.test(url) && URL.canParse(url)) return url
  throw invalid(given, 'an address such as http://localhost:9000')
}

/** `a,b`, or a list. */
export function names(given: Given): readonly string[] {
  const list = typeof given.value === 'string' ? given.value.split(',').map((one) => one.trim()) : given.value
  const isList = Array.isArray(list) && list.length > 0
  if (isList && list.every((one): one is string => typeof one === 'string' && NAME.test(one))) return [...new Set(list)]
  throw invalid(given, 'names of pools, e.g. default,gpu')
}

const OFFERS = ['cpu', 'memory', 'gpu'] as const
const POOLS_FORM = 'pools by name with what a slot offers, e.g. { "default": {}, "gpu": { "gpu": 1, "memory": 16384 } }'

/** Pools by name; as text, JSON. */
export function pools(given: Given): readonly PoolSpec[] {
  const value = typeof given.value === 'string' ? jsonOf(given) : given.value
  if (!isObject(value) || Object.keys(value).length === 0) throw invalid(given, POOLS_FORM)
  return Object.entries(value).map(([pool, offers]) => {
    const source = `pool ${pool} of ${given.source}`
    if (!NAME.test(pool)) throw invalid({ source, value: pool }, 'named with letters, digits, `.`, `_` and `-`')
    if (!isObject(offers)) throw invalid({ source, value: offers }, 'an object such as { "cpu": 2, "memory": 4096 }')
    const unknown = Object.keys(offers).find((one) => !OFFERS.some((known) => known === one))
    if (unknown !== undefined)
      throw invalid({ source, value: { [unknown]: offers[unknown] } }, `made of ${OFFERS.join(', ')}`)
    const amounts = OFFERS.filter((offer) => offers[offer] !== undefined)
    return {
      name: pool,
      ...Object.fromEntries(amounts.map((one) => [one, amount(`${one} of ${source}`, offers[one])])),
    }
  })
}

function amount(source: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw invalid({ source, value }, 'a number of 0 or more (memory in MiB)')
}

function jsonOf(given: Given): unknown {
  try {
    return JSON.parse(given.value as string)
  } catch (cause) {
    throw invalid(given, POOLS_FORM, cause)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid({ source, value }: Given, expected: string, cause?: unknown): Error {
  const given = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
  return flowError('SETTING_INVALID', { source, given, expected }, { cause })
}

import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import { show } from '../show.ts'

/** What an option of a decorator accepts; `allowed` says it to people. */
export interface OptionRule {
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
}
export type OptionRules = Readonly<Record<string, OptionRule>>

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Every retry makes the key of a task's commit longer, and keys have a limit. */
const MAX_RETRIES = 100

export const retries: OptionRule = {
  allowed: `a whole number from 0 to ${MAX_RETRIES}`,
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_RETRIES,
}
/** More would only wait for the one thread they share. */
const MAX_CONCURRENT = 1000

export const concurrency: OptionRule = {
  allowed: `a whole number from 1 to ${MAX_CONCURRENT}`,
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MAX_CONCURRENT,
}
export const wholeNumber: OptionRule = {
  allowed: 'a whole number, 0 or more',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
}
export const notNegative: OptionRule = {
  allowed: 'a number, 0 or more',
  accepts: (value) => isNumber(value) && value >= 0,
}
export const atLeastOne: OptionRule = {
  allowed: 'a number, 1 or more',
  accepts: (value) => isNumber(value) && value >= 1,
}
export const positive: OptionRule = {
  allowed: 'a number above 0',
  accepts: (value) => isNumber(value) && value > 0,
}
export const flag: OptionRule = {
  allowed: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}
export const artifactName: OptionRule = {
  allowed: "the name of a field, like 'failure'",
  accepts: (value) => typeof value === 'string' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(value),
}
export const poolName: OptionRule = {
  allowed: 'a name of letters, digits, "-", "_" and ".", like \'gpu\'',
  accepts: (value) => typeof value === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(value),
}
export const variables: OptionRule = {
  allowed: "an object of strings by variable name, like { LANG: 'C' }",
  accepts: (value) =>
    isPlainObject(value) &&
    Object.entries(value).every(
      ([name, text]) => /^[^=\0]+$/.test(name) && typeof text === 'string' && !text.includes('\0'),
    ),
}

/** Checks options against their rules; `owner` is how messages name the decorator. */
export function checkOptions(owner: string, options: unknown, rules: OptionRules): FlowctlError[] {
  if (!isPlainObject(options)) {
    return [flowError('DECORATOR_OPTIONS_INVALID', { owner, given: show(options), options: Object.keys(rules) })]
  }
  const problems: FlowctlError[] = []
  for (const [option, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, option) ? rules[option] : undefined
    if (rule === undefined) {
      problems.push(flowError('DECORATOR_OPTION_UNKNOWN', { owner, option, options: Object.keys(rules) }))
    } else if (value !== undefined && !rule.accepts(value)) {
      problems.push(flowError('DECORATOR_OPTION_INVALID', { owner, option, given: show(value), allowed: rule.allowed }))
    }
  }
  return problems
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

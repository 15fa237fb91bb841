import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import type { GivenParameter, ParameterDescription } from '../../graph/description.ts'
import { show } from '../show.ts'
import { describeBreak } from './json-text.ts'

export type Read = { readonly value: unknown } | { readonly problem: FlowctlError }

type ValueKind = Exclude<ParameterDescription['kind'], 'schema' | 'file-text' | 'file-bytes'>

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  1: true,
  yes: true,
  '': true,
  false: false,
  0: false,
  no: false,
}

/** What a parameter of a kind accepts, for people. */
export const ALLOWED: Readonly<Record<ParameterDescription['kind'], string>> = {
  string: 'text',
  integer: 'a whole number (at most 2^53)',
  number: 'a finite number, like 3, -0.5 or 1e-3',
  boolean: 'true, 1, yes, false, 0 or no',
  json: 'a JSON value',
  schema: 'what its schema accepts',
  'file-text': 'the path of a file',
  'file-bytes': 'the path of a file',
}

/** Turns the text that was given for a parameter into its value. */
export function readText(kind: ValueKind, given: GivenParameter, separator: string | undefined): Read {
  const invalid = (): Read => ({
    problem: flowError('PARAMETER_VALUE_INVALID', {
      source: given.source,
      given: show(given.text),
      allowed: ALLOWED[kind],
    }),
  })
  switch (kind) {
    case 'string':
      return { value: separator === undefined ? given.text : split(given.text, separator) }
    case 'integer': {
      const value = Number(given.text)
      return /^\s*[+-]?\d+\s*$/.test(given.text) && Number.isSafeInteger(value) ? { value: value + 0 } : invalid()
    }
    case 'number': {
      const value = Number(given.text)
      return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(given.text) && Number.isFinite(value)
        ? { value }
        : invalid()
    }
    case 'boolean': {
      const word = given.text.trim().toLowerCase()
      return Object.hasOwn(BOOLEANS, word) ? { value: BOOLEANS[word] } : invalid()
    }
    case 'json':
      return readJson(given)
  }
}

export function readJson(given: GivenParameter): Read {
  try {
    return { value: JSON.parse(given.text) as unknown }
  } catch (cause) {
    const details = { source: given.source, given: show(given.text), where: describeBreak(given.text) }
    return { problem: flowError('PARAMETER_JSON_INVALID', details, { cause }) }
  }
}

/** An empty text is an empty list. */
export function split(text: string, separator: string): string[] {
  return text === '' ? [] : text.split(separator)
}

/** Whether a default fits the kind; a schema judges its own. */
export function fitsKind(kind: ParameterDescription['kind'], value: unknown, separator: string | undefined): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string' || (separator !== undefined && isTextList(value))
    case 'integer':
      return Number.isSafeInteger(value)
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'json':
      return isJson(value)
    case 'file-text':
    case 'file-bytes':
      return typeof value === 'string' && value !== ''
    case 'schema':
      return true
  }
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined
  } catch {
    return false
  }
}

import { flowError } from '../../errors/table.ts'
import type { GivenParameter } from '../../graph/description.ts'
import { show } from '../show.ts'
import { describeBreak } from './json-text.ts'
import { readJson, split, type Read } from './read-text.ts'
import {
  issueLines,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
} from '../declarations/standard-schema.ts'

/**
 * Offers a given text to a schema as it is, then the JSON that it holds: a schema does not say which of the two it wants. With a
 * separator it is offered the list of texts, then the list with every item that is JSON read as such.
 */
export async function readBySchema(
  schema: StandardSchema,
  given: GivenParameter,
  separator: string | undefined,
): Promise<Read> {
  const plain = separator === undefined ? given.text : split(given.text, separator)
  const first = await validate(schema, plain)
  if (first.issues === undefined) return { value: first.value }
  const json = Array.isArray(plain) ? { value: plain.map(jsonOrText) } : readJson(given)
  if ('problem' in json) {
    const notJson = /^\s*[[{]/.test(given.text)
      ? `it is not JSON either: it breaks off ${describeBreak(given.text)}`
      : undefined
    return { problem: failure(given, first.issues, notJson) }
  }
  const second = await validate(schema, json.value)
  return second.issues === undefined ? { value: second.value } : { problem: failure(given, second.issues) }
}

/** Puts a default through its schema. */
export async function readDefaultBySchema(schema: StandardSchema, value: unknown, source: string): Promise<Read> {
  const result = await validate(schema, value)
  if (result.issues === undefined) return { value: result.value }
  return { problem: failure({ text: show(value), source }, result.issues) }
}

/** The value a schema has for "nothing given"; `undefined` when it wants something. */
export async function absentBySchema(schema: StandardSchema): Promise<unknown> {
  const result = await validate(schema, undefined)
  return result.issues === undefined ? result.value : undefined
}

/** The result where the schema answers at once; `undefined` where it takes its time. */
export function validateNow(schema: StandardSchema, value: unknown): SchemaResult<unknown> | undefined {
  try {
    const result = schema['~standard'].validate(value)
    if (!(result instanceof Promise)) return result
    result.catch(() => undefined)
    return undefined
  } catch (error) {
    return thrown(error)
  }
}

async function validate(schema: StandardSchema, value: unknown): Promise<SchemaResult<unknown>> {
  try {
    return await schema['~standard'].validate(value)
  } catch (error) {
    return thrown(error)
  }
}

function thrown(error: unknown): SchemaResult<unknown> {
  return { issues: [{ message: `the schema threw: ${error instanceof Error ? error.message : String(error)}` }] }
}

function failure(given: GivenParameter, issues: readonly SchemaIssue[], also?: string): ReturnType<typeof flowError> {
  const lines = [...issueLines(issues), ...(also === undefined ? [] : [also])]
  return flowError('PARAMETER_SCHEMA_FAILED', { source: given.source, given: show(given.text), issues: lines })
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

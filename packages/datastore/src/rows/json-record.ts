import { flowError } from '@flowctl/core'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Newest format of every kind of record that this version writes and reads. */
export const RECORD_FORMAT = 1

export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

/** `what` names the record in messages. Throws RECORD_CORRUPT. */
export function decodeJson(bytes: Uint8Array | string, what: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(typeof bytes === 'string' ? bytes : decoder.decode(bytes))
  } catch (cause) {
    throw flowError('RECORD_CORRUPT', { what, problem: (cause as Error).message }, { cause })
  }
  if (typeof value !== 'object' || value === null)
    throw flowError('RECORD_CORRUPT', { what, problem: 'it is not an object' })
  return value as Record<string, unknown>
}

/** The same for records with a format number. Throws RECORD_NEWER too. */
export function decodeRecord(bytes: Uint8Array | string, what: string): Record<string, unknown> {
  const record = decodeJson(bytes, what)
  const format = record['format']
  if (typeof format === 'number' && format > RECORD_FORMAT) {
    throw flowError('RECORD_NEWER', { what, format, newest: RECORD_FORMAT })
  }
  if (format !== RECORD_FORMAT) throw flowError('RECORD_CORRUPT', { what, problem: 'it has no format number' })
  return record
}

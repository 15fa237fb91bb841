import { flowError, isFlowctlError, type FlowctlError } from '@flowctl/core'
import type { Connection } from './connection.ts'

/** What errors of the SDK and of Node's sockets may have. */
interface Failure {
  readonly name?: string
  readonly message?: string
  readonly code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const BAD_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
])
const OTHER_REGION = new Set(['PermanentRedirect', 'TemporaryRedirect', 'AuthorizationHeaderMalformed'])
/** Answers with a status that says otherwise, and failures of this store's own, that may go away. */
const PASSING = new Set([
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'ConditionalRequestConflict',
  'OperationAborted',
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'TimeoutError',
])

/** An answer that another try is likely to better: a body cut short, an object that changed while it was read. */
export class PassingFailure extends Error {
  readonly code = 'EPASSING'
}

function nameOf(error: unknown): string {
  return (error as Failure | undefined)?.name ?? ''
}

export function statusOf(error: unknown): number | undefined {
  return (error as Failure | undefined)?.$metadata?.httpStatusCode
}

export function isWorthAnotherTry(error: unknown): boolean {
  if (isFlowctlError(error)) return false
  const status = statusOf(error)
  if (PASSING.has(nameOf(error))) return true
  if (status === undefined || status < 400) return isOfTheNetwork(error)
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505)
}

/** There is no such object. A bucket that is not there is another matter. */
export function isNoObject(error: unknown): boolean {
  return statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket'
}

/** To a request for a bucket: not the answer of an S3 server, whose errors have names of their own. */
export function isOfNoS3(error: unknown): boolean {
  const status = statusOf(error)
  return status !== undefined && status < 500 && /^(?:\d*|NotFound|Unknown|SyntaxError|Error)$/.test(nameOf(error))
}

export function isConditionRefused(error: unknown): boolean {
  return statusOf(error) === 412
}

/** The table's error for what went wrong with `key` (empty: with the store as a whole). */
export function toStoreError(error: unknown, { place, settings }: Connection, key: string): FlowctlError {
  if (isFlowctlError(error)) return error
  const options = { cause: error }
  const { bucket } = settings
  const name = nameOf(error)
  const problem = problemOf(error)
  if (BAD_CREDENTIALS.has(name)) return flowError('DATASTORE_S3_CREDENTIALS', { bucket, place, problem }, options)
  if (name === 'NoSuchBucket') return flowError('DATASTORE_S3_NO_BUCKET', { bucket, place }, options)
  if (OTHER_REGION.has(name) || problem === 'Region is missing') {
    return flowError('DATASTORE_S3_REGION', { bucket, region: settings.region ?? 'none', problem }, options)
  }
  if (statusOf(error) === 403) return flowError('DATASTORE_S3_DENIED', { bucket, place, problem }, options)
  if (isOfTheNetwork(error)) return flowError('DATASTORE_S3_UNREACHABLE', { place, problem }, options)
  return flowError(
    'DATASTORE_S3_FAILED',
    { object: `s3://${bucket}/${settings.prefix}${key}`, place, problem },
    options,
  )
}

function isOfTheNetwork(error: unknown): boolean {
  const { name, code, message = '' } = error as Failure
  if (name === 'TimeoutError' || (typeof code === 'string' && /^E[A-Z]/.test(code))) return true
  return /^(?:aborted|socket hang up|Parse Error)/.test(message)
}

function problemOf(error: unknown): string {
  const { name = '', code } = error as Failure
  // Its first line; `UnknownError` is the SDK's word for an answer without a text.
  const message = ((error as Failure).message ?? '').replace(/\n.*/s, '').replace(/^UnknownError$/, '')
  const status = statusOf(error)
  // Of several addresses of a host each fails with an error of its own; the one around them has no text.
  const text = message === '' && error instanceof AggregateError ? String(error.errors[0]?.message ?? code) : message
  const words = [name === 'Error' || name === 'Unknown' || text.includes(name) ? '' : name, text]
    .filter(Boolean)
    .join(': ')
  return status === undefined || status < 300 ? words : `${words || 'no reason given'} (HTTP ${status})`
}

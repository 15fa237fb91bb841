import { flowError } from '@flowctl/core'

const KEY = /^[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*$/
const PREFIX = /^(?:[A-Za-z0-9._~-]+\/)*[A-Za-z0-9._~-]*$/
const DOTS = /(?:^|\/)\.\.?(?:\/|$)/

/** S3 takes no longer ones. */
const MAX_KEY = 1024
/** Nor do file systems take longer names. */
const MAX_PART = 255

/** Throws DATASTORE_KEY_INVALID for anything that is not a key. */
export function checkKey(key: string): void {
  if (KEY.test(key) && key.length <= MAX_PART && !DOTS.test(key)) return
  const problem = problemOfKey(key)
  if (problem !== undefined) throw flowError('DATASTORE_KEY_INVALID', { key, problem })
}

/** The same for the beginning of a key; it may end anywhere in it. */
export function checkPrefix(prefix: string): void {
  if (PREFIX.test(prefix) && !DOTS.test(prefix.slice(0, prefix.lastIndexOf('/') + 1))) return
  const problem =
    problemOfKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix) ?? 'it is not the beginning of a key'
  throw flowError('DATASTORE_KEY_INVALID', { key: prefix, problem })
}

/** Whether a file or folder name can be part of a key. Temporary and lock files are named so that they cannot. */
export function isKeyPart(name: string): boolean {
  return /^[A-Za-z0-9._~-]+$/.test(name)
}

function problemOfKey(key: string): string | undefined {
  if (key === '') return 'it is empty'
  if (key.length > MAX_KEY) return `it is longer than ${MAX_KEY} characters`
  const strange = /[^A-Za-z0-9._~/-]/u.exec(key)
  if (strange !== null) return `it has the character ${JSON.stringify(strange[0])}`
  for (const part of key.split('/')) {
    if (part === '') return 'one of its parts is empty'
    if (part === '.' || part === '..') return `'${part}' cannot be one of its parts`
    if (part.length > MAX_PART) return `one of its parts is longer than ${MAX_PART} characters`
  }
  return undefined
}

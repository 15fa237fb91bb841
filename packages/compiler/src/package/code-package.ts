import { createHash } from 'node:crypto'

import { flowError } from '@flowctl/core'

/**
 * A flow's code, independent of the machine: one ES module with its source map. Stored as UTF-8 JSON of exactly these keys in
 * exactly this order, so that equal sources give equal bytes.
 */
export interface CodePackage {
  readonly format: 1
  readonly className: string
  /** The flow file's own name, e.g. `flow.ts`. Paths in the map are relative to its folder. */
  readonly file: string
  /** Packages that the code imports by name: they come from the project it is materialised for. */
  readonly externals: readonly string[]
  /** Which of `files` to import. */
  readonly entry: string
  /** Name to text, names sorted. */
  readonly files: Readonly<Record<string, string>>
}

export interface Code {
  /** SHA-256 (hex) of the bytes. */
  readonly hash: string
  readonly bytes: Uint8Array
}

export function packCode(code: Omit<CodePackage, 'format'>): Code {
  const { className, file, externals, entry } = code
  const files = Object.fromEntries(Object.entries(code.files).sort(([a], [b]) => (a < b ? -1 : 1)))
  const bytes = Buffer.from(
    JSON.stringify({ format: 1, className, file, externals, entry, files } satisfies CodePackage),
  )
  return { hash: hashOf(bytes), bytes }
}

/** Throws CODE_PACKAGE_DAMAGED. */
export function unpackCode(bytes: Uint8Array): CodePackage {
  let value: Partial<CodePackage>
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Partial<CodePackage>
  } catch (cause) {
    throw flowError('CODE_PACKAGE_DAMAGED', { reason: 'it is not JSON' }, { cause })
  }
  if (value.format !== 1)
    throw flowError('CODE_PACKAGE_DAMAGED', { reason: `its format is ${String(value.format)}, not 1` })
  const { files, entry } = value
  if (typeof files !== 'object' || typeof entry !== 'string' || typeof files[entry] !== 'string') {
    throw flowError('CODE_PACKAGE_DAMAGED', { reason: 'its entry is missing' })
  }
  const unsafe = Object.keys(files).find((name) => !/^[\w-][\w.-]*$/.test(name))
  if (unsafe !== undefined) throw flowError('CODE_PACKAGE_DAMAGED', { reason: `it holds a file called "${unsafe}"` })
  return value as CodePackage
}

export function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

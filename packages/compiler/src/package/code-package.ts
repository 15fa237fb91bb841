import { createHash } from 'node:crypto'

import { flowError } from '@flowctl/core'

import type { Pins } from '../externals/pin.ts'

/**
 * A flow's code, independent of the machine: one ES module with its source map. Stored as UTF-8 JSON of exactly these keys in
 * exactly this order, so that equal sources give equal bytes.
 */
export interface CodePackage {
  /** 1: its packages come from the project it is laid out for. 2: it runs anywhere, once `install` is installed. */
  readonly format: 1 | 2
  readonly className: string
  /** The flow file's own name, e.g. `flow.ts`. Paths in the map are relative to its folder. */
  readonly file: string
  /** What the code imports by name. */
  readonly externals: readonly string[]
  /** Format 2 only: the npm packages that are not in the bundle. */
  readonly install?: Pins
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

/** With `install`, a package that runs anywhere. */
export function packCode(code: Omit<CodePackage, 'format'>): Code {
  const { className, file, externals, install, entry } = code
  const files = Object.fromEntries(Object.entries(code.files).sort(([a], [b]) => (a < b ? -1 : 1)))
  const packed: CodePackage =
    install === undefined
      ? { format: 1, className, file, externals, entry, files }
      : { format: 2, className, file, externals, install, entry, files }
  const bytes = Buffer.from(JSON.stringify(packed))
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
  if (value.format !== 1 && value.format !== 2)
    throw flowError('CODE_PACKAGE_DAMAGED', { reason: `its format is ${String(value.format)}, not 1 or 2` })
  const { files, entry, install } = value
  if (typeof files !== 'object' || typeof entry !== 'string' || typeof files[entry] !== 'string') {
    throw flowError('CODE_PACKAGE_DAMAGED', { reason: 'its entry is missing' })
  }
  if (value.format === 2 && !isPins(install)) {
    throw flowError('CODE_PACKAGE_DAMAGED', { reason: 'it does not say which packages it needs' })
  }
  const unsafe = Object.keys(files).find((name) => !/^[\w-][\w.-]*$/.test(name))
  if (unsafe !== undefined) throw flowError('CODE_PACKAGE_DAMAGED', { reason: `it holds a file called "${unsafe}"` })
  return value as CodePackage
}

function isPins(value: Partial<Pins> | undefined): boolean {
  const { dependencies, packages, scripts } = value ?? {}
  return typeof dependencies === 'object' && typeof packages === 'object' && Array.isArray(scripts)
}

export function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

import { constants } from 'node:buffer'
import { createHash, hash } from 'node:crypto'
import { types } from 'node:util'
import { flowError, isFlowctlError } from '@flowctl/core'
import { sizeOf } from '../bytes/chunks.ts'
import { compressed } from './compression.ts'
import { GraphCopy, isStackOverflow } from './graph-copy.ts'
import {
  CODEC_INSTANCES,
  CODEC_PLAIN,
  CODEC_RAW,
  DEFLATED,
  encodeHeader,
  HEADER_SIZE,
  NOT_COMPRESSED,
  V8_WIRE_VERSION,
} from './header.ts'
import { PlainCheck } from './plain-check.ts'
import { previewOf, typeOf } from './preview.ts'
import { ValuePath } from './value-path.ts'
import { binaryKind, bytesOf, isRaw } from './views.ts'
import { Writer } from './wire.ts'

/** A value as it is stored. */
export interface EncodedValue {
  /**
   * The bytes, in pieces. Of a typed array, Buffer or ArrayBuffer the last piece is its own memory: do not change the array
   * before the pieces are written.
   */
  readonly chunks: readonly Uint8Array[]
  /** SHA-256 (hex) of all bytes. Made when it is first asked for: who writes a large value can make it meanwhile. */
  readonly hash: string
  readonly isHashed: boolean
  readonly size: number
  /** For people: see `ArtifactRef.type`. */
  readonly type: string
  /** For people: see `ArtifactRef.preview`. */
  readonly preview: string
}

/**
 * Encodes a value; `name` is the artifact's, for messages. Kept are all values that `structuredClone` knows, with shared and
 * circular references, and instances of registered classes, anywhere inside. Everything else throws an ARTIFACT_* error with the
 * path of the fault.
 */
export function encodeValue(value: unknown, name: string): EncodedValue {
  return new Encoded(rawChunks(value) ?? graphChunks(value, name), value)
}

class Encoded implements EncodedValue {
  readonly chunks: readonly Uint8Array[]
  readonly size: number
  readonly type: string
  readonly preview: string
  #hash: string | undefined

  constructor(chunks: readonly Uint8Array[], value: unknown) {
    this.chunks = chunks
    this.size = sizeOf(chunks)
    this.type = typeOf(value)
    this.preview = previewOf(value)
  }

  get hash(): string {
    this.#hash ??= hashOf(this.chunks)
    return this.#hash
  }

  get isHashed(): boolean {
    return this.#hash !== undefined
  }
}

function hashOf(chunks: readonly Uint8Array[]): string {
  if (chunks.length === 1) return hash('sha256', chunks[0] as Uint8Array, 'hex')
  const sum = createHash('sha256')
  for (const chunk of chunks) sum.update(chunk)
  return sum.digest('hex')
}

function rawChunks(value: unknown): readonly Uint8Array[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const kind = binaryKind(value)
  if (kind === undefined || !isRaw(kind)) return undefined
  const bytes = bytesOf(value as ArrayBuffer | ArrayBufferView)
  // Memory that other threads may write to is copied, or the hash might not be that of the bytes written.
  const stable = types.isSharedArrayBuffer(bytes.buffer) ? bytes.slice() : bytes
  return [encodeHeader({ codec: CODEC_RAW, compression: NOT_COMPRESSED, detail: kind }), stable]
}

const PLAIN = encodeHeader({ codec: CODEC_PLAIN, compression: NOT_COMPRESSED, detail: V8_WIRE_VERSION })
const INSTANCES = encodeHeader({ codec: CODEC_INSTANCES, compression: NOT_COMPRESSED, detail: V8_WIRE_VERSION })

function graphChunks(value: unknown, name: string): readonly Uint8Array[] {
  const bytes = plainBytes(value, name) ?? instanceBytes(value, name)
  const payload = compressed(bytes.subarray(HEADER_SIZE))
  if (payload === undefined) return [bytes]
  return [encodeHeader({ codec: bytes[5] as number, compression: DEFLATED, detail: V8_WIRE_VERSION }), payload]
}

/** `undefined`: not plain, or there is a fault that `GraphCopy` will find. */
function plainBytes(value: unknown, name: string): Uint8Array | undefined {
  const check = new PlainCheck()
  try {
    if (!check.isPlain(value)) return undefined
  } catch {
    return undefined
  }
  if (check.bytes > constants.MAX_LENGTH) throw tooLarge(name, check.bytes)
  try {
    const writer = new Writer()
    writer.writeRawBytes(PLAIN)
    writer.writeHeader()
    writer.writeValue(value)
    return writer.releaseBuffer()
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(name, undefined, error)
    return undefined
  }
}

function instanceBytes(value: unknown, name: string): Uint8Array {
  const path = new ValuePath(name)
  try {
    const copy = new GraphCopy(path)
    const root = copy.copyOf(value)
    const writer = new Writer(copy.references)
    writer.writeRawBytes(INSTANCES)
    writer.writeHeader()
    writer.writeValue(tableOf(copy))
    for (const { data } of copy.contents) writer.writeValue(data)
    writer.writeValue(root)
    return writer.releaseBuffer()
  } catch (error) {
    if (isFlowctlError(error)) throw error
    if (isTooLarge(error)) throw tooLarge(name, undefined, error)
    if (isStackOverflow(error)) throw flowError('ARTIFACT_TOO_DEEP', { path: String(path) }, { cause: error })
    throw flowError('ARTIFACT_READ_FAILED', { path: name, problem: String((error as Error).message) }, { cause: error })
  }
}

/** What the reader needs before the contents: which shapes of which classes there are, and whose contents come when. */
export interface InstanceTable {
  readonly classes: readonly (readonly [shape: number, className: string])[]
  /** Index in `classes`, by instance. */
  readonly instances: readonly number[]
  readonly order: readonly number[]
}

function tableOf(copy: GraphCopy): InstanceTable {
  const classes: [number, string][] = []
  const known = new Map<string, number>()
  const instances = copy.instances.map(({ shape, className }) => {
    const key = `${shape}${className}`
    let index = known.get(key)
    if (index === undefined) {
      index = classes.push([shape, className]) - 1
      known.set(key, index)
    }
    return index
  })
  return { classes, instances, order: copy.contents.map((entry) => entry.of) }
}

function isTooLarge(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return (
    code === 'ERR_BUFFER_TOO_LARGE' || (typeof message === 'string' && /out of memory|allocation failed/i.test(message))
  )
}

function tooLarge(path: string, bytes: number | undefined, cause?: unknown): Error {
  return flowError('ARTIFACT_TOO_LARGE', { path, bytes, limit: constants.MAX_LENGTH }, { cause })
}

import { flowError, isFlowctlError } from '@flowctl/core'
import { decompressed } from './compression.ts'
import { builtinErrorPrototype } from './builtin-errors.ts'
import type { InstanceTable } from './encode.ts'
import { CODEC_PLAIN, CODEC_RAW, decodeHeader, DEFLATED, HEADER_SIZE } from './header.ts'
import { classNamed } from './registry.ts'
import { fillInstance, makeInstance, SHAPE, type InstanceContents, type Shape } from './instance-shapes.ts'
import { viewOver } from './views.ts'
import { Reader } from './wire.ts'

/** Decodes a stored value. The value shares no memory with `bytes`. Throws ARTIFACT_* errors. */
export function decodeValue(bytes: Uint8Array): unknown {
  return decodeParts(bytes, bytes.subarray(HEADER_SIZE), false)
}

/**
 * The same with the header (8 bytes) apart from the rest. A `body` that owns its ArrayBuffer (`owned`) becomes the memory of a
 * raw value: it is not copied, and the caller lets go of it.
 */
export function decodeParts(header: Uint8Array, body: Uint8Array, owned: boolean): unknown {
  const { codec, compression, detail } = decodeHeader(header)
  if (codec === CODEC_RAW) return decodeRaw(detail, body, owned)
  const payload = compression === DEFLATED ? decompressed(body) : body
  try {
    return codec === CODEC_PLAIN ? readPlain(payload) : readInstances(payload)
  } catch (cause) {
    if (isFlowctlError(cause)) throw cause
    throw flowError('ARTIFACT_NOT_A_VALUE', { problem: (cause as Error).message }, { cause })
  }
}

function decodeRaw(kind: number, body: Uint8Array, owned: boolean): unknown {
  const whole = owned && body.byteOffset === 0 && body.byteLength === body.buffer.byteLength
  const own = whole ? body : Buffer.allocUnsafeSlow(body.length)
  if (own !== body) own.set(body)
  try {
    return viewOver(kind, own.buffer as ArrayBuffer)
  } catch (cause) {
    if (isFlowctlError(cause)) throw cause
    throw flowError('ARTIFACT_NOT_A_VALUE', { problem: `${body.length} bytes do not make whole numbers` }, { cause })
  }
}

function readPlain(payload: Uint8Array): unknown {
  const reader = new Reader(payload, [])
  reader.readHeader()
  return reader.readValue()
}

function readInstances(payload: Uint8Array): unknown {
  const made: object[] = []
  const reader = new Reader(payload, made)
  reader.readHeader()
  const { classes, instances, order } = reader.readValue() as InstanceTable
  const prototypes = classes.map(([shape, name]) => prototypeOf(shape as Shape, name))
  const kindOf = (instance: number) => classes[instances[instance] as number] as readonly [Shape, string]
  instances.forEach((kind, instance) => {
    const [shape] = kindOf(instance)
    if (shape !== SHAPE.custom) made[instance] = makeInstance(shape, prototypes[kind] as object | null)
  })
  for (const instance of order) {
    const data: unknown = reader.readValue()
    const [shape, name] = kindOf(instance)
    if (shape === SHAPE.custom) made[instance] = revive(name, data)
    else fillInstance(shape, made[instance] as object, data as InstanceContents)
  }
  return reader.readValue()
}

function prototypeOf(shape: Shape, name: string): object | null {
  if (shape === SHAPE.bare) return null
  const found = (shape === SHAPE.error ? builtinErrorPrototype(name) : undefined) ?? classNamed(name)?.prototype
  if (found === undefined) throw flowError('ARTIFACT_CLASS_UNKNOWN', { name })
  return found
}

function revive(name: string, data: unknown): object {
  const read = classNamed(name)?.read
  if (read === undefined) {
    const problem = 'it was stored with write, and the class is registered without read now'
    throw flowError('ARTIFACT_REVIVE_FAILED', { name, problem })
  }
  try {
    return read(data as never)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : 'it threw'
    throw flowError('ARTIFACT_REVIVE_FAILED', { name, problem }, { cause })
  }
}

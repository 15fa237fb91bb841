import { types } from 'node:util'
import { flowError } from '@flowctl/core'
import { classNameOf, isBuiltinPrototype } from './names.ts'

type View = NodeJS.TypedArray | DataView

/**
 * The kinds of binary values, by the number that stands for them in stored values: only ever add at the end.
 * `Float16Array` is missing in older Node.js; a value of that kind does not come back there.
 */
const KINDS = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Buffer',
  'ArrayBuffer',
  'Float16Array',
] as const

const BUFFER = KINDS.indexOf('Buffer')
const ARRAY_BUFFER = KINDS.indexOf('ArrayBuffer')

type ViewConstructor = new (buffer: ArrayBuffer) => View
const constructorOf = (kind: number): ViewConstructor | undefined =>
  (globalThis as unknown as Record<string, ViewConstructor | undefined>)[KINDS[kind] ?? '']

const kinds = new Map<object, number>()
KINDS.forEach((name, kind) => {
  const prototype: unknown = name === 'Buffer' ? Buffer.prototype : constructorOf(kind)?.prototype
  if (prototype !== undefined) kinds.set(prototype as object, kind)
})

/** The kind of a built-in view or ArrayBuffer; `undefined` for anything else, instances of subclasses included. */
export function binaryKind(value: object): number | undefined {
  const prototype = Object.getPrototypeOf(value) as object
  return (
    kinds.get(prototype) ??
    (ArrayBuffer.isView(value) || types.isArrayBuffer(value) ? foreignKind(prototype) : undefined)
  )
}

/** Of a value from another realm. */
function foreignKind(prototype: object): number | undefined {
  const kind = KINDS.indexOf(classNameOf(prototype) as (typeof KINDS)[number])
  return kind !== -1 && isBuiltinPrototype(prototype, KINDS[kind] as string) ? kind : undefined
}

export function isRaw(kind: number): boolean {
  return KINDS[kind] !== 'DataView'
}

export function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value)
}

/** A value of that kind over all of `buffer`, which is not copied. */
export function viewOver(kind: number, buffer: ArrayBuffer): View | ArrayBuffer {
  if (kind === BUFFER) return Buffer.from(buffer)
  if (kind === ARRAY_BUFFER) return buffer
  const constructor = constructorOf(kind)
  if (constructor === undefined) {
    const name = KINDS[kind] ?? `kind ${kind}`
    throw flowError('ARTIFACT_NOT_A_VALUE', { problem: `this Node.js has no arrays of kind ${name}` })
  }
  return new constructor(buffer)
}

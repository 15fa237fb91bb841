import * as v8 from 'node:v8'
import { flowError } from '@flowctl/core'
import { binaryKind, bytesOf, viewOver } from './views.ts'

/** Parts of Node's serializer API that its types leave out. */
interface SerializerHooks {
  _setTreatArrayBufferViewsAsHostObjects(treat: boolean): void
}

/** Tag of a reference to an instance among the host objects; the others are kinds of views. */
const REFERENCE = 255

/**
 * V8's serializer with binary views written by ourselves: a decoded view owns its memory (Node's own may share it with the
 * bytes it was decoded from), a Buffer comes back as a Buffer; and with references to instances, for which an empty view
 * stands in the graph that is written.
 */
export class Writer extends v8.Serializer {
  readonly #references: ReadonlyMap<object, number> | undefined

  constructor(references?: ReadonlyMap<object, number>) {
    super()
    this.#references = references
    ;(this as unknown as SerializerHooks)._setTreatArrayBufferViewsAsHostObjects(true)
  }

  /** Called by V8. */
  _writeHostObject(view: NodeJS.ArrayBufferView): void {
    const reference = this.#references?.get(view)
    if (reference !== undefined) {
      this.writeUint32(REFERENCE)
      this.writeUint32(reference)
      return
    }
    const kind = binaryKind(view)
    if (kind === undefined) throw new TypeError('neither a built-in view nor a reference')
    this.writeUint32(kind)
    this.writeUint64(Math.floor(view.byteLength / 2 ** 32), view.byteLength % 2 ** 32)
    this.writeRawBytes(bytesOf(view))
  }
}

export class Reader extends v8.Deserializer {
  readonly #instances: readonly object[]

  /** `instances`, by reference; may be filled until `readValue` is called. */
  constructor(bytes: Uint8Array, instances: readonly object[]) {
    super(bytes)
    this.#instances = instances
  }

  /** Called by V8. */
  _readHostObject(): object {
    const tag = this.readUint32()
    if (tag === REFERENCE) {
      const instance = this.#instances[this.readUint32()]
      if (instance === undefined) throw flowError('ARTIFACT_NOT_A_VALUE', { problem: 'an instance in them is missing' })
      return instance
    }
    const [high, low] = this.readUint64()
    const bytes = this.readRawBytes(high * 2 ** 32 + low)
    const own = Buffer.allocUnsafeSlow(bytes.length)
    own.set(bytes)
    return viewOver(tag, own.buffer as ArrayBuffer)
  }
}

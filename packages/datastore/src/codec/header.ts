import { flowError } from '@flowctl/core'
import { serialize } from 'node:v8'

/**
 * The first 8 bytes of every stored value:
 *
 * | byte | what |
 * |--|--|
 * | 0-3 | `FLOW` |
 * | 4 | format: 1 |
 * | 5 | codec: 1 plain V8, 2 V8 with instances of classes, 3 raw bytes |
 * | 6 | compression of what follows: 0 none, 1 raw deflate |
 * | 7 | V8 wire version; of raw bytes, the kind of array |
 */
export const HEADER_SIZE = 8

export const CODEC_PLAIN = 1
export const CODEC_INSTANCES = 2
export const CODEC_RAW = 3
export const NOT_COMPRESSED = 0
export const DEFLATED = 1

const MAGIC = [0x46, 0x4c, 0x4f, 0x57] as const
const FORMAT = 1

/** What this process writes, and the newest it reads. */
export const V8_WIRE_VERSION = serialize(undefined)[1] as number

export interface Header {
  readonly codec: number
  readonly compression: number
  /** Byte 7. */
  readonly detail: number
}

export function encodeHeader(header: Header): Uint8Array {
  return Uint8Array.of(...MAGIC, FORMAT, header.codec, header.compression, header.detail)
}

/** Throws ARTIFACT_NOT_A_VALUE, ARTIFACT_NEWER_FORMAT and ARTIFACT_NEWER_V8. */
export function decodeHeader(bytes: Uint8Array): Header {
  if (bytes.length < HEADER_SIZE) throw flowError('ARTIFACT_NOT_A_VALUE', { problem: `there are only ${bytes.length}` })
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw flowError('ARTIFACT_NOT_A_VALUE', { problem: 'they do not start with FLOW' })
  }
  const format = bytes[4] as number
  if (format > FORMAT) throw flowError('ARTIFACT_NEWER_FORMAT', { format, newest: FORMAT })
  const header = { codec: bytes[5] as number, compression: bytes[6] as number, detail: bytes[7] as number }
  if (format === 0 || header.codec === 0 || header.codec > CODEC_RAW || header.compression > DEFLATED) {
    throw flowError('ARTIFACT_NOT_A_VALUE', { problem: 'their header makes no sense' })
  }
  if (header.codec !== CODEC_RAW && header.detail > V8_WIRE_VERSION) {
    const versions = { version: header.detail, newest: V8_WIRE_VERSION, node: process.versions.node }
    throw flowError('ARTIFACT_NEWER_V8', versions)
  }
  return header
}

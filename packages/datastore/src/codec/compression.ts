import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { flowError } from '@flowctl/core'

/** Smaller payloads are not worth the time. */
const WORTHWHILE = 32 * 1024
/** zlib counts its input in 32 bits. */
const LARGEST = 2 ** 31
const SAMPLES = 4
const SAMPLE_SIZE = 4 * 1024
/** Compressed only when a sample shrinks to less than this part of itself. */
const PAYS = 0.7

/** The payload compressed; `undefined` when that does not pay. */
export function compressed(payload: Uint8Array): Uint8Array | undefined {
  if (payload.length < WORTHWHILE || payload.length > LARGEST) return undefined
  let sampled = 0
  for (let i = 0; i < SAMPLES; i += 1) {
    const at = Math.floor(((payload.length - SAMPLE_SIZE) * i) / (SAMPLES - 1))
    sampled += deflateRawSync(payload.subarray(at, at + SAMPLE_SIZE), { level: 1 }).length
  }
  if (sampled > SAMPLES * SAMPLE_SIZE * PAYS) return undefined
  return deflateRawSync(payload, { level: 1 })
}

export function decompressed(payload: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(payload)
  } catch (cause) {
    throw flowError('ARTIFACT_NOT_A_VALUE', { problem: 'what is compressed in them is damaged' }, { cause })
  }
}

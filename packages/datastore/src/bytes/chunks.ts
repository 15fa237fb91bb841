import type { Body } from '@flowctl/core'

export function chunksOf(body: Body): readonly Uint8Array[] {
  return body instanceof Uint8Array ? [body] : body
}

export function sizeOf(chunks: readonly Uint8Array[]): number {
  let size = 0
  for (const chunk of chunks) size += chunk.byteLength
  return size
}

/** A copy of the chunks, one after the other, that owns its ArrayBuffer. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(sizeOf(chunks))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.byteLength
  }
  return all
}

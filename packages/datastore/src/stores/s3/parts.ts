import { joined, sizeOf } from '../../bytes/chunks.ts'
import { MOST_PARTS, PART } from './limits.ts'

/** A part of a body: views of its chunks. */
export interface BodyPart {
  /** From 1. */
  readonly number: number
  readonly views: readonly Uint8Array[]
}

/** Cuts a body into parts of the same size, the last one smaller, without copying. */
export function* partsOf(chunks: readonly Uint8Array[], partSize: number): Generator<BodyPart> {
  let number = 1
  let views: Uint8Array[] = []
  let left = partSize
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      const view = chunk.subarray(at, at + left)
      views.push(view)
      at += view.byteLength
      left -= view.byteLength
      if (left > 0) continue
      yield { number, views }
      number += 1
      views = []
      left = partSize
    }
  }
  if (views.length > 0) yield { number, views }
}

export function partSizeFor(size: number): number {
  return Math.max(PART, Math.ceil(size / MOST_PARTS))
}

/** One array with the bytes: a view where there is only one, else a copy. */
export function wholeOf(views: readonly Uint8Array[]): Uint8Array {
  return views.length === 1 && sizeOf(views) > 0 ? (views[0] as Uint8Array) : joined(views)
}

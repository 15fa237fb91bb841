import { PassingFailure } from './s3-errors.ts'

/** Fills `target` with the body of an answer from its byte `skip` on. What ends before the target is full is a passing failure. */
export async function readInto(body: AsyncIterable<Uint8Array>, target: Uint8Array, skip = 0): Promise<void> {
  let at = -skip
  for await (const piece of body) {
    const from = Math.max(0, -at)
    const to = Math.min(piece.byteLength, target.byteLength - at)
    if (from < to) target.set(piece.subarray(from, to), at + from)
    at += piece.byteLength
  }
  if (at < target.byteLength) throw new PassingFailure(`the answer ended after ${at} of ${target.byteLength} bytes`)
}

/** Not filled with zeros, and not part of Node's shared pool. */
export function allocate(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
}

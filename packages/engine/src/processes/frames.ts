import { deserialize } from 'node:v8'
import type { Frame } from '../protocol.ts'

const LENGTH_BYTES = 4

/** Puts the chunks of an answer pipe together to frames, in order. Returns what to call with every chunk. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let waiting: Buffer[] = []
  let size = 0
  return (chunk) => {
    waiting.push(chunk)
    size += chunk.length
    if (size < LENGTH_BYTES) return
    let buffer = waiting.length === 1 ? chunk : Buffer.concat(waiting, size)
    while (buffer.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + buffer.readUInt32BE(0)
      if (buffer.length < end) break
      onFrame(deserialize(buffer.subarray(LENGTH_BYTES, end)) as Frame)
      buffer = buffer.subarray(end)
    }
    waiting = buffer.length === 0 ? [] : [buffer]
    size = buffer.length
  }
}

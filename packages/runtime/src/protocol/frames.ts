import { deserialize } from 'node:v8'
import type { Frame } from './answers.ts'

const LENGTH_BYTES = 4
/** No frame is as long as this; a length made of printable text is longer. */
const MAX_FRAME_BYTES = 0x2000_0000

/**
 * Puts the chunks of an answer pipe together to frames, in order. Returns what to call with every chunk. What is no frame
 * was written by somebody else: `onGarbage` is called once, and everything after it is dropped.
 */
export function frameReader(onFrame: (frame: Frame) => void, onGarbage: () => void = refuse): (chunk: Buffer) => void {
  let waiting: Buffer[] = []
  let size = 0
  /** Chunks are only put together when there are this many bytes, or a long frame would be copied once for every chunk. */
  let needed = LENGTH_BYTES
  let garbled = false
  return (chunk) => {
    if (garbled) return
    waiting.push(chunk)
    size += chunk.length
    if (size < needed) return
    let buffer = waiting.length === 1 ? chunk : Buffer.concat(waiting, size)
    needed = LENGTH_BYTES
    while (buffer.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + buffer.readUInt32BE(0)
      if (buffer.length < end && end <= MAX_FRAME_BYTES) {
        needed = end
        break
      }
      const frame = frameOf(buffer.subarray(LENGTH_BYTES, end))
      if (frame === undefined) {
        garbled = true
        waiting = []
        return onGarbage()
      }
      onFrame(frame)
      buffer = buffer.subarray(end)
    }
    waiting = buffer.length === 0 ? [] : [buffer]
    size = buffer.length
  }
}

function frameOf(bytes: Buffer): Frame | undefined {
  try {
    const frame: unknown = deserialize(bytes)
    return Array.isArray(frame) ? (frame as Frame) : undefined
  } catch {
    return undefined
  }
}

function refuse(): never {
  throw new Error('the answers of a task process cannot be read')
}

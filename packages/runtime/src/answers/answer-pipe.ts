import { writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { DefaultSerializer } from 'node:v8'
import type { Answer } from '../protocol/answers.ts'
import { packed } from '../protocol/pack-answers.ts'

/** Collected answers are written when they are about this many bytes... */
const FLUSH_BYTES = 64 * 1024
/** ...or this many, or a moment later. */
const FLUSH_ANSWERS = 512
const FLUSH_MS = 10
/**
 * When a task starts, and nothing was written for this long, what is collected is written first: the task may be a long one. If one of
 * short tasks ends the process, those of this time may be run again.
 */
const START_FLUSH_MS = 10
/** Log lines are written at once, up to this many in each window of `FLUSH_MS`; a flood of them is collected. */
const URGENT_PER_WINDOW = 400
/** What an answer takes apart from its texts, roughly. */
const ANSWER_BYTES = 200

const RETRY_MS = 1
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * The pipe to the parent. Writes are synchronous, so that what was said is said even if the process dies in the next
 * instruction; answers between writes are collected, because a frame of many is several times cheaper than many frames.
 */
export class AnswerPipe {
  readonly #fd: number
  #pending: Answer[] = []
  #bytes = 0
  #flushedAt = Number.NEGATIVE_INFINITY
  #windowStart = 0
  #urgentInWindow = 0
  #timer: NodeJS.Timeout | undefined

  constructor(fd: number) {
    this.#fd = fd
  }

  /** `bytes`: what the answer carries in texts and inline values, roughly. */
  push(answer: Answer, bytes = 0): void {
    this.#pending.push(answer)
    this.#bytes += ANSWER_BYTES + bytes
    if (this.#bytes >= FLUSH_BYTES || this.#pending.length >= FLUSH_ANSWERS) this.flush()
  }

  /** For what somebody is watching: written now, unless very much of it comes. */
  pushUrgent(answer: Answer, bytes: number): void {
    this.push(answer, bytes)
    if (this.#pending.length === 0) return
    const now = performance.now()
    if (now - this.#windowStart >= FLUSH_MS) {
      this.#windowStart = now
      this.#urgentInWindow = 0
    }
    this.#urgentInWindow += 1
    if (this.#urgentInWindow <= URGENT_PER_WINDOW) this.flush()
    else this.flushSoon()
  }

  /** For the start of a task. */
  flushIfDue(): void {
    if (this.#pending.length > 0 && performance.now() - this.#flushedAt >= START_FLUSH_MS) this.flush()
  }

  /** Writes what is collected in a moment, if the event loop turns. */
  flushSoon(): void {
    if (this.#pending.length > 0) this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref()
  }

  flush(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.length === 0) return
    const frame = encodeFrame(this.#pending)
    this.#pending = []
    this.#bytes = 0
    writeAll(this.#fd, frame)
    this.#flushedAt = performance.now()
  }
}

function encodeFrame(answers: readonly Answer[]): Buffer {
  const serializer = new DefaultSerializer()
  serializer.writeRawBytes(new Uint8Array(4))
  serializer.writeHeader()
  serializer.writeValue(packed(answers))
  const frame = serializer.releaseBuffer()
  frame.writeUInt32BE(frame.length - 4, 0)
  return frame
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written, bytes.length - written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(sleeper, 0, 0, RETRY_MS)
    }
  }
}

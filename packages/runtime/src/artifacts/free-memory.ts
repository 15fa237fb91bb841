import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Values from this size on (64 MiB) are worth a look for what can be given back before they are loaded. */
const LARGE = 64 * 2 ** 20
/** What was collected is given back by a thread of V8's, some gigabytes a second. It is waited for, but not for ever. */
const LOOK_MS = 2
const PATIENCE_MS_A_GIGABYTE = 1000

/** What was let go bit by bit may stand up to this (40 MiB). */
const LEFT_STANDING = 40 * 2 ** 20

let collect: (() => void) | undefined
let letGo = 0
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * Gives back the memory of arrays that nobody holds any more, before as much is needed again. V8 lets gigabytes of them stand until
 * its heap, of which they are no part, is due: the array that one step stored would still be there while the next one loads it.
 */
export function collectBeforeLoading(bytes: number): void {
  if (bytes < LARGE) return
  const before = process.memoryUsage()
  // The time it takes goes by the heap; what it may bring, by the arrays.
  if (before.arrayBuffers < bytes / 2 || before.heapUsed > before.arrayBuffers) return
  collect ??= garbageCollector()
  collect()
  const freed = before.arrayBuffers - process.memoryUsage().arrayBuffers
  const giveUp = performance.now() + (freed / 2 ** 30) * PATIENCE_MS_A_GIGABYTE
  while (process.memoryUsage.rss() > before.rss - 0.9 * freed && performance.now() < giveUp) {
    Atomics.wait(sleeper, 0, 0, LOOK_MS)
  }
}

/** Counts bytes of arrays that are not needed any more, and collects them when they are many. */
export function collectAfter(bytes: number): void {
  letGo += bytes
  if (letGo < LEFT_STANDING) return
  letGo = 0
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  if (arrayBuffers < LEFT_STANDING || heapUsed > arrayBuffers) return
  collect ??= garbageCollector()
  collect()
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const MB = 2 ** 20
const LOOK_MS = 20

/** @param {number} pid */
export function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

/**
 * From now on counts the most memory that a process holds anew (Linux).
 *
 * @param {number} pid
 */
export function resetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/**
 * The most memory that a process has held, in MB.
 *
 * @param {number} pid
 */
export function peakMB(pid) {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1]) / 1024
}

/**
 * Watches what a Redis holds until it is told to stop, which gives how much more than at the beginning that was at the most, in MB.
 *
 * @param {{ info(section: string): Promise<string> }} redis
 */
export async function watchRedis(redis) {
  const used = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]) / MB
  const idle = await used()
  let peak = idle
  let watching = true
  const watched = (async () => {
    while (watching) {
      peak = Math.max(peak, await used())
      await sleep(LOOK_MS)
    }
  })()
  return async () => {
    watching = false
    await watched
    return peak - idle
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Limits } from './limits.ts'

/** Runs `work` until it succeeds, fails for a reason that another try cannot change, or the limits are reached. */
export async function retrying<T>(
  limits: S3Limits,
  random: () => number,
  isWorthAnotherTry: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const giveUp = performance.now() + limits.giveUpMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= limits.tries || !isWorthAnotherTry(error) || performance.now() > giveUp) throw error
      await sleep(pauseBefore(attempt, limits, random))
    }
  }
}

function pauseBefore(attempt: number, limits: S3Limits, random: () => number): number {
  const longest = Math.min(limits.longestPauseMs, limits.firstPauseMs * 2 ** (attempt - 1))
  return longest * (0.5 + random() / 2)
}

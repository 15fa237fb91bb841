import { performance } from 'node:perf_hooks'

/**
 * @template T
 * @param {() => T | Promise<T>} work
 */
export async function timed(work) {
  const start = performance.now()
  const value = await work()
  return { value, ms: performance.now() - start }
}

import { setTimeout as sleep } from 'node:timers/promises'

/** Ends a wait for what never comes. It says nothing about speed, so a busy machine does not reach it. */
const GIVE_UP_MS = 8 * 60_000
const LOOK_MS = 10

/**
 * Looks again until it is so. Throws after eight minutes.
 *
 * @param what what is waited for, as the error names it
 * @param more says in the error what else is known
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  more: () => string = () => '',
): Promise<void> {
  const giveUp = performance.now() + GIVE_UP_MS
  while (!(await isSo())) {
    if (performance.now() > giveUp) throw new Error(`Waited in vain for ${what}. ${more()}`)
    await sleep(LOOK_MS)
  }
}

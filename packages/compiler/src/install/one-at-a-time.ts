import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const BEAT_MS = 2000
/** A holder that has not been heard of for so long is gone. */
const GONE_MS = 15_000
const LOOK_MS = 200

/**
 * Does `work` while no other process of this machine that asks for the same file does. Whoever waits looks again whether
 * `done` has become true, and leaves then. Two at once are possible when a holder was stopped for long: `work` must bear that.
 */
export async function oneAtATime(file: string, done: () => boolean, work: () => Promise<void>): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  while (!done()) {
    if (!(await taken(file))) {
      await breakIfGone(file)
      await sleep(LOOK_MS)
      continue
    }
    const beat = setInterval(() => {
      const now = new Date()
      utimes(file, now, now).catch(() => {})
    }, BEAT_MS)
    try {
      if (!done()) await work()
      return
    } finally {
      clearInterval(beat)
      await rm(file, { force: true })
    }
  }
}

async function taken(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx')
    await handle.writeFile(String(process.pid))
    await handle.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Renamed before it is removed: of several who find it old, one takes it away, and nobody the next holder's. */
async function breakIfGone(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined || Date.now() - found.mtimeMs < GONE_MS) return
  const aside = `${file}.${process.pid}.gone`
  try {
    await rename(file, aside)
    await rm(aside, { force: true })
  } catch {
    // Someone else was faster.
  }
}

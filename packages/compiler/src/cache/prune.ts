import { existsSync, utimesSync } from 'node:fs'
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

const DAY_MS = 24 * 60 * 60_000
const UNUSED_MS = 30 * DAY_MS

const FOLDERS = ['flows', 'code', 'bundles', 'externals']
/** Names of ours begin with a hash. FLOWCTL_CACHE may name a folder that holds other things in folders of the same names. */
const OURS = /^[0-9a-f]{32}/

/** Whether an entry of a cache is there. Who asks is about to use it, so it counts as used now. */
export function isCached(path: string): boolean {
  const now = new Date()
  try {
    utimesSync(path, now, now)
    return true
  } catch {
    // A cache that may only be read is used all the same.
    return existsSync(path)
  }
}

/**
 * Removes the entries of a cache that nobody asked for in 30 days, once a day at most. To be called when something was added:
 * a cache grows at no other time. Removing goes on after this has resolved; what a process leaves behind, the next one removes.
 */
export async function pruneCache(cacheDir: string): Promise<void> {
  const mark = join(cacheDir, 'pruned')
  const now = Date.now()
  if (now - (await lastUse(mark, 0)) < DAY_MS) return
  await writeFile(mark, `${new Date(now).toISOString()}\n`)
  for (const folder of FOLDERS) {
    const names = await readdir(join(cacheDir, folder)).catch(() => [])
    for (const name of names.filter((one) => OURS.test(one))) await removeUnused(join(cacheDir, folder, name), now)
  }
}

/** Renamed before it is removed, so that nobody finds half of it. */
async function removeUnused(path: string, now: number): Promise<void> {
  const isUsed = async (at: string): Promise<boolean> => now - (await lastUse(at, now)) < UNUSED_MS
  if (await isUsed(path)) return
  const aside = `${path}.${randomUUID()}.tmp`
  try {
    await rename(path, aside)
    // Someone asked for it in between.
    if (await isUsed(aside)) return await rename(aside, path)
  } catch {
    // Someone else was faster, or it belongs to another user.
    return
  }
  void rm(aside, { recursive: true, force: true }).catch(() => {})
}

/** Milliseconds since 1970. */
async function lastUse(path: string, otherwise: number): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => otherwise,
  )
}

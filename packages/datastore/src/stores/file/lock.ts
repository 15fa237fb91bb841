import { hash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, isAbsent } from './errors.ts'
import { removeQuietly } from './writing.ts'

/**
 * A lock file beside an object, for the one write that `link` cannot do: replacing an object on a condition.
 *
 * The work under the lock is synchronous and takes microseconds, so a lock that stays is one whose process died. A process of
 * this host is asked for directly; one of another host counts as dead after `STALE_MS`. A dead lock is removed only by the one
 * process that makes the claim file with the lock's nonce in its name, and only while the lock still has that nonce: two
 * processes that find the same dead lock cannot remove each other's new one.
 */
const STALE_MS = 10_000
const GIVE_UP_MS = 30_000
const LONG_NAME = 150

const PROCESS = randomBytes(6).toString('hex')
const HOST = hostname()
let serial = 0

/** Runs `work` while no other process runs work for the same path. `undefined` when the lock could not be had in time. */
export async function withLock<T>(path: string, work: () => T): Promise<{ readonly result: T } | undefined> {
  const lock = join(dirname(path), `#lock-${short(basename(path))}`)
  const giveUp = Date.now() + GIVE_UP_MS
  serial += 1
  const nonce = `${PROCESS}-${serial}`
  for (let attempt = 0; Date.now() < giveUp; attempt += 1) {
    if (take(lock, nonce)) {
      try {
        return { result: work() }
      } finally {
        removeQuietly(lock)
      }
    }
    removeIfDead(lock)
    await sleep(attempt < 3 ? 0 : Math.min(20, attempt))
  }
  return undefined
}

/** The names of the lock and of its claim are longer than the object's, which may be as long as a name can be. */
function short(name: string): string {
  return name.length <= LONG_NAME ? name : hash('sha256', name, 'hex')
}

function take(lock: string, nonce: string): boolean {
  try {
    fs.writeFileSync(lock, `${nonce} ${process.pid} ${HOST}`, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function removeIfDead(lock: string): void {
  const holder = readHolder(lock)
  if (holder === undefined || !isDead(holder)) return
  const claim = `${lock}-${holder.nonce}`
  try {
    fs.writeFileSync(claim, '', { flag: 'wx' })
  } catch {
    return
  }
  if (readHolder(lock)?.nonce === holder.nonce) removeQuietly(lock)
  removeQuietly(claim)
}

interface Holder {
  readonly nonce: string
  readonly pid: number
  readonly host: string
  readonly ageMs: number
}

function readHolder(lock: string): Holder | undefined {
  try {
    const stats = fs.statSync(lock)
    const [nonce, pid, host] = fs.readFileSync(lock, 'utf8').split(' ')
    // A process can die between making the file and filling it.
    return {
      nonce: nonce || `empty-${stats.ino}`,
      pid: Number(pid),
      host: host ?? '',
      ageMs: Date.now() - stats.mtimeMs,
    }
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

function isDead(holder: Holder): boolean {
  if (holder.host !== HOST || !(holder.pid > 0)) return holder.ageMs > STALE_MS
  try {
    process.kill(holder.pid, 0)
    // Alive, or its number was given to another process meanwhile.
    return holder.ageMs > STALE_MS * 6
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

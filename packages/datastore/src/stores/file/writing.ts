import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { sizeOf } from '../../bytes/chunks.ts'
import { codeOf } from './errors.ts'

/** Bodies up to this size are written in one go, without going through the thread pool: that costs less than the detour. */
const SMALL = 64 * 1024
/** The same where nobody else waits for this thread. */
const SMALL_WHEN_ALONE = 4 * 1024 * 1024
/** What is hashed at a time while something is written: then the next part of that can begin. */
const HASHED_AT_ONCE = 64 * 1024 * 1024
/** The operating system takes at most 2 GiB, and 1,024 buffers, at a time. */
const PIECE = 1 << 30
const MAX_BUFFERS = 1024

/** Names of the files of this process that are no objects. `#` cannot be in a key. */
const PROCESS_NONCE = randomBytes(6).toString('hex')
let serial = 0

/** A name in the same folder, and so in the same file system, as `path`. */
function temporaryPath(path: string): string {
  serial += 1
  return join(dirname(path), `#${PROCESS_NONCE}-${serial}`)
}

export interface Writing {
  readonly fsync: boolean
  /** Nobody else waits for this thread. */
  readonly alone: boolean
}

/**
 * Writes the chunks to a new temporary file beside `path` and returns its path. Makes the folders that are missing. Nothing is
 * left behind when it fails.
 */
export async function writeTemporary(path: string, chunks: readonly Uint8Array[], how: Writing): Promise<string> {
  const small = how.alone ? SMALL_WHEN_ALONE : SMALL
  const { temporary } = await inTemporary(path, how, async (fd) => {
    if (how.fsync || sizeOf(chunks) > small) await writeAll(fd, chunks, how.fsync)
    else writeAllNow(fd, chunks)
  })
  return temporary
}

/** The same, with the SHA-256 (hex) of the chunks, which is made while they are written. */
export async function writeHashed(
  path: string,
  chunks: readonly Uint8Array[],
  how: Writing,
): Promise<{ readonly temporary: string; readonly hash: string }> {
  const { temporary, result } = await inTemporary(path, how, (fd) =>
    Promise.all([writeAll(fd, chunks, how.fsync), hashSlowly(chunks)]),
  )
  return { temporary, hash: result[1] }
}

async function inTemporary<T>(
  path: string,
  { fsync }: Writing,
  write: (fd: number) => Promise<T>,
): Promise<{ readonly temporary: string; readonly result: T }> {
  const temporary = temporaryPath(path)
  const fd = openNew(temporary, fsync)
  try {
    try {
      return { temporary, result: await write(fd) }
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    removeQuietly(temporary)
    throw error
  }
}

async function hashSlowly(chunks: readonly Uint8Array[]): Promise<string> {
  const sum = createHash('sha256')
  for (const piece of pieces(chunks, HASHED_AT_ONCE)) {
    sum.update(piece)
    await turn()
  }
  return sum.digest('hex')
}

function openNew(path: string, fsync: boolean): number {
  try {
    return fs.openSync(path, 'wx', 0o666)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  makeFolder(dirname(path), fsync)
  return fs.openSync(path, 'wx', 0o666)
}

export function makeFolder(folder: string, fsync: boolean): void {
  const first = fs.mkdirSync(folder, { recursive: true })
  if (!fsync || first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolderNow(dirname(made))
}

async function writeAll(fd: number, chunks: readonly Uint8Array[], fsync: boolean): Promise<void> {
  let left = pieces(chunks)
  while (left.length > 0) {
    const written = await new Promise<number>((resolve, reject) => {
      fs.writev(fd, left.slice(0, MAX_BUFFERS), null, (error, count) => (error ? reject(error) : resolve(count)))
    })
    left = rest(left, written)
  }
  if (fsync) await new Promise<void>((resolve, reject) => fs.fsync(fd, (error) => (error ? reject(error) : resolve())))
}

function writeAllNow(fd: number, chunks: readonly Uint8Array[]): void {
  let left = pieces(chunks)
  while (left.length > 0) left = rest(left, fs.writevSync(fd, left.slice(0, MAX_BUFFERS)))
}

function pieces(chunks: readonly Uint8Array[], largest = PIECE): Uint8Array[] {
  const all: Uint8Array[] = []
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += largest) {
      all.push(chunk.byteLength <= largest ? chunk : chunk.subarray(at, at + largest))
    }
  }
  return all
}

/** What is left after the first `count` bytes were written: the system may write less than it was given. */
function rest(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = 0
  let left = count
  while (skip < chunks.length && left >= (chunks[skip] as Uint8Array).byteLength) {
    left -= (chunks[skip] as Uint8Array).byteLength
    skip += 1
  }
  const after = chunks.slice(skip)
  if (left > 0) after[0] = (after[0] as Uint8Array).subarray(left)
  return after
}

/** Renames over what is there. Windows refuses while somebody has the old file open, so there it is tried for a while. */
export async function replace(temporary: string, path: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      fs.renameSync(temporary, path)
      return
    } catch (error) {
      const passing = ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '')
      if (process.platform !== 'win32' || !passing || attempt === 20) throw error
    }
    await sleep(10)
  }
}

/** Makes a rename or link in this folder outlive a power cut. Windows has no such thing. */
export function syncFolderNow(folder: string): void {
  if (process.platform === 'win32') return
  const fd = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

export function removeQuietly(path: string): void {
  try {
    fs.unlinkSync(path)
  } catch {
    // Gone already, or not ours to remove any more: it is never listed.
  }
}

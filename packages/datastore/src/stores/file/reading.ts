import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { isAbsent } from './errors.ts'

/** Files up to this size are read in one go, without going through the thread pool: that costs less than the detour. */
const SMALL = 256 * 1024
/** The operating system takes at most 2 GiB at a time. */
const PIECE = 1 << 30

const readPiece = promisify(fs.read)

/** Bytes `from` to `to` of a file in an ArrayBuffer of their own; `undefined` when there is no such file. */
export async function readFile(path: string, from = 0, to = Infinity): Promise<Uint8Array | undefined> {
  const opened = open(path, from, to)
  if (opened === undefined) return undefined
  try {
    if (opened.size <= SMALL) return readNow(opened.fd, from, opened.size)
    const bytes = allocate(opened.size)
    let done = 0
    while (done < bytes.length) {
      const { bytesRead } = await readPiece(opened.fd, bytes, done, Math.min(PIECE, bytes.length - done), from + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return bytes.subarray(0, done)
  } finally {
    fs.closeSync(opened.fd)
  }
}

export function readFileNow(path: string, from = 0, to = Infinity): Uint8Array | undefined {
  const opened = open(path, from, to)
  if (opened === undefined) return undefined
  try {
    return readNow(opened.fd, from, opened.size)
  } finally {
    fs.closeSync(opened.fd)
  }
}

function readNow(fd: number, from: number, size: number): Uint8Array {
  const bytes = allocate(size)
  let done = 0
  while (done < size) {
    const count = fs.readSync(fd, bytes, done, Math.min(PIECE, size - done), from + done)
    if (count === 0) break
    done += count
  }
  return bytes.subarray(0, done)
}

/** Files are never changed in place, so the size stays true while the file is open. */
function open(path: string, from: number, to: number): { fd: number; size: number } | undefined {
  let fd: number
  try {
    fd = fs.openSync(path, 'r')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
  try {
    const stats = fs.fstatSync(fd)
    if (stats.isFile()) return { fd, size: Math.max(0, Math.min(stats.size, to) - from) }
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
  fs.closeSync(fd)
  return undefined
}

/** Not filled with zeros, and not part of Node's shared pool. */
function allocate(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
}

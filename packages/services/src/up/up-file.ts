import { mkdirSync, readFileSync, rmSync, writeFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { processIsAlive } from '@flowctl/datastore'

/** `.flowctl/up.json`: what a going `flowctl up` tells other shells. Only its user can read it. */
export interface UpRecord {
  readonly redisUrl: string
  readonly redisNamespace: string
  readonly shards: number
  /** URL or absolute path. */
  readonly datastore: string
  readonly s3Endpoint?: string
  /** Of `flowctl up` itself. */
  readonly pid: number
  readonly pids: Readonly<Record<string, number>>
  readonly startedAt: number
}

const pathIn = (folder: string): string => join(folder, 'up.json')

/**
 * What `flowctl up` wrote into this `.flowctl` folder, if it is still going.
 *
 * @param isAlive whether a process of this number runs
 */
export function readUpFile(folder: string, isAlive: (pid: number) => boolean = processIsAlive): UpRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(pathIn(folder), 'utf8')) as UpRecord
    return typeof record.redisUrl === 'string' && isAlive(record.pid) ? record : undefined
  } catch {
    return undefined
  }
}

export function writeUpFile(folder: string, record: UpRecord): void {
  const path = pathIn(folder)
  mkdirSync(dirname(path), { recursive: true })
  // Whoever reads it finds all of it or nothing.
  writeFileSync(`${path}.${record.pid}`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.${record.pid}`, path)
}

/** Removes the file if it still is that of process `pid`. */
export function removeUpFile(folder: string, pid: number): void {
  if (readUpFile(folder, () => true)?.pid === pid) rmSync(pathIn(folder), { force: true })
}

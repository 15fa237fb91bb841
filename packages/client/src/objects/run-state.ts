import { flowError, layout, type CodeRef, type ObjectStore } from '@flowctl/core'
import { RunStore } from '@flowctl/datastore'
import type { RunState, Surroundings } from './run-status.ts'

/** Reads what a run's status is told from; `undefined` when there is no such run. */
export async function readRunState(
  store: ObjectStore,
  flow: string,
  run: string,
  { host, isAlive }: Pick<Surroundings, 'host' | 'isAlive'>,
): Promise<RunState | undefined> {
  const records = new RunStore(store, flow, run)
  // The end is read last of all: a run that ends meanwhile must not look like one whose process died.
  const [record, userTags, stop, heartbeat] = await Promise.all([
    records.read(),
    records.readTags(),
    records.readStop(),
    records.readHeartbeat(),
  ])
  if (record === undefined) return undefined
  const alive = record.host.name === host && isAlive(record.host.pid)
  const process = record.host.name === host ? (alive ? 'alive' : 'gone') : 'elsewhere'
  return { record, userTags, stop, heartbeat, process, end: await records.readEnd() }
}

export async function readCode(store: ObjectStore, flow: string, code: CodeRef): Promise<Uint8Array> {
  const key = layout.codeKey(flow, code.hash)
  const stored = await store.get(key)
  if (stored === undefined) throw flowError('CODE_MISSING', { file: code.file, key, store: store.url })
  return stored.bytes
}

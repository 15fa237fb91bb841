import type { EndRecord, HeartbeatRecord, ObjectStore, RunRecord, StopRecord } from '@flowctl/core'
import { RunStore } from '../records/run-store.ts'

/**
 * `interrupted`: the process that ran it is gone and left no end; `flowctl resume` goes on from there. A run never stays
 * `running` after its process died.
 */
export type RunStatus = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted'

/** What a run's records say of it, all but its commits. */
export interface RunState {
  readonly record: RunRecord
  readonly userTags: readonly string[]
  readonly end: EndRecord | undefined
  readonly stop: StopRecord | undefined
  readonly heartbeat: HeartbeatRecord | undefined
  /** The process of a run that belongs to this machine; looked for before the end was. */
  readonly process: 'alive' | 'gone' | 'elsewhere'
}

/** Who tells the status of a run: what time it is there, and which processes can be seen. */
export interface Observer {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Name of this machine, as run records have it. */
  readonly host: string
  /** Whether a process of this machine lives. */
  readonly isAlive: (pid: number) => boolean
}

/** On another machine, a heart that has not beaten for so long, or never did since the run began, has stopped. */
export const SILENCE_MS = 20_000
/** On this one, a process that lives is believed for so long; after it, its number may have been given again. */
export const LONG_SILENCE_MS = 10 * 60_000

/**
 * The status of a run. Only a `memory` run can be interrupted: one of the `bullmq` engine is taken up again by whichever
 * worker there is.
 */
export function statusOf(state: RunState, now: number): RunStatus {
  const { record, end, stop } = state
  if (end !== undefined) return end.status
  if (record.engine !== 'memory') return 'running'
  const patience = { alive: LONG_SILENCE_MS, gone: Number.NEGATIVE_INFINITY, elsewhere: SILENCE_MS }
  if (now - lastSign(state) <= patience[state.process]) return 'running'
  return stop === undefined ? 'interrupted' : stop.reason
}

/**
 * Whether the run goes on, so that nobody may begin a resume of it. A stopped run on the queue is `running` until its end is written, but
 * starts nothing new: it does not go on.
 */
export function goesOn(state: RunState, now: number): boolean {
  if (state.record.engine !== 'memory' && state.stop !== undefined) return false
  return statusOf(state, now) === 'running'
}

/** When the run ended; `undefined` while it runs. */
export function finishedAt(state: RunState, status: RunStatus): number | undefined {
  if (status === 'running') return undefined
  return state.end?.at ?? Math.max(lastSign(state), state.stop?.at ?? 0)
}

function lastSign({ record, heartbeat }: RunState): number {
  return Math.max(record.createdAt, heartbeat?.at ?? 0)
}

/** Reads what a run's status is told from; `undefined` when there is no such run. */
export async function readRunState(
  store: ObjectStore,
  flow: string,
  run: string,
  { host, isAlive }: Pick<Observer, 'host' | 'isAlive'>,
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

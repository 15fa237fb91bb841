import type { EndRecord, HeartbeatRecord, RunRecord, StopRecord } from '@flowctl/core'
import type { RunStatus } from './model.ts'

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

/** The world in which a status is told. */
export interface Surroundings {
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

/** When the run ended; `undefined` while it runs. */
export function finishedAt(state: RunState, status: RunStatus): number | undefined {
  if (status === 'running') return undefined
  return state.end?.at ?? Math.max(lastSign(state), state.stop?.at ?? 0)
}

function lastSign({ record, heartbeat }: RunState): number {
  return Math.max(record.createdAt, heartbeat?.at ?? 0)
}

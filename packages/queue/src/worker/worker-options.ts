import type { ObjectStore } from '@flowctl/core'
import type { Connection } from '../connection/connect.ts'

/** Which code package is wanted, and the flow file it was made of. */
export interface CodeWanted {
  readonly flow: string
  readonly hash: string
  readonly file: string
}

export interface WorkerOptions {
  readonly connection: Connection
  readonly objects: ObjectStore
  /** Makes a code package importable here and gives the absolute path of its bundle. */
  readonly loadCode: (code: CodeWanted) => Promise<string>
  /** URL of the module whose exports flows see as `flowctl`. */
  readonly api: string
  /** Environment of the task processes. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** @default ['default'] */
  readonly pools?: readonly string[]
  /** Slices at a time. */
  readonly slots: number
  /** The file that a task process is started with; of the same copy of flowctl as `api`. */
  readonly taskProcess: URL
  /** @default a new one */
  readonly id?: string
  /** Told about trouble that does not end the worker. */
  readonly onError?: (error: Error) => void
  /** Told how long something took, in milliseconds. */
  readonly onMeasured?: (what: Measured, ms: number) => void
  readonly now?: () => number
}

/**
 * `wait`: from when a slice could run until it was taken (first deliveries; joins are not counted); `execute`: a slice on its task
 * process; `commit`: writing its logs and its commit.
 */
export type Measured = 'wait' | 'execute' | 'commit'

/** What has happened on a worker since it started. */
export interface WorkerCounters {
  slicesDone: number
  /** Deliveries that ended without an end: handed back, or in trouble. */
  slicesReturned: number
  /** Deliveries of jobs whose worker before was lost. */
  redelivered: number
}

export interface RunningWorker {
  readonly id: string
  readonly counters: Readonly<WorkerCounters>
  /** Slots in use, and task processes that are alive. */
  load(): { readonly slots: number; readonly busy: number; readonly processes: number }
  /** Takes nothing more; what runs ends or is handed back, after `graceMs` at the latest. Then it is closed. */
  drain(graceMs: number): Promise<void>
  /** Ends at once: what runs is given to other workers as after a crash. */
  close(): Promise<void>
}

import type { RunRecord } from '@flowctl/core'
import type { Connection } from '@flowctl/queue'
import type { WorkerServiceOptions } from './serve/run-worker.ts'
import type { ServiceOptions } from './serve/run-service.ts'
import type { LiveRun } from './watch/why-waiting.ts'

export { findConfigFile } from './configuration/config-file.ts'
export { readSettings, type Flags } from './configuration/read-settings.ts'
export type { Settings } from './configuration/settings.ts'
export type { ServiceOptions } from './serve/run-service.ts'
export type { WorkerServiceOptions } from './serve/run-worker.ts'
export { startUp, type Up, type UpOptions } from './up/start-up.ts'
export { readUpFile, type UpRecord } from './up/up-file.ts'
export type { LiveRun, LiveStep } from './watch/why-waiting.ts'

// Commands that only look for settings need not load what the services are made of.

/** See `serve/run-coordinator.ts`. */
export async function runCoordinator(options: ServiceOptions): Promise<void> {
  await (await import('./serve/run-coordinator.ts')).runCoordinator(options)
}

/** See `serve/run-worker.ts`. */
export async function runWorker(options: WorkerServiceOptions): Promise<void> {
  await (await import('./serve/run-worker.ts')).runWorker(options)
}

/** See `watch/why-waiting.ts`. */
export async function liveRun(connection: Connection, record: RunRecord, now: number): Promise<LiveRun> {
  return (await import('./watch/why-waiting.ts')).liveRun(connection, record, now)
}

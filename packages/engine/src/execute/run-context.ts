import type { FlowGraph, RunRecord } from '@flowctl/core'
import type { ArtifactStore, RunReader, RunStore } from '@flowctl/datastore'
import type { RunEvent } from '../events/run-event.ts'
import type { TaskProcesses } from '../processes/process-pool.ts'

/** What the parts of one run share. */
export interface RunContext {
  readonly graph: FlowGraph
  readonly record: RunRecord
  readonly tags: readonly string[]
  readonly store: RunStore
  readonly reader: RunReader
  readonly artifacts: ArtifactStore
  readonly pool: TaskProcesses
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** A new unguessable name for every execution. */
  readonly nonce: () => string
  readonly emit: (event: RunEvent) => void
  /** Told how long a slice took on its process, and how long it took to write its logs and its commit, in milliseconds. */
  readonly measured?: (what: 'execute' | 'commit', ms: number) => void
}

import type { ObjectStore } from '@flowctl/core'
import type { ArtifactStore, RunReader, RunStore } from '@flowctl/datastore'
import type { Surroundings } from './run-status.ts'

/** What all objects of one client share. */
export interface Session extends Surroundings {
  readonly store: ObjectStore
  /** The tag whose runs are seen; `null` sees all. */
  readonly namespace: () => string | null
}

/** What the objects of one run share. */
export interface RunAccess {
  readonly records: RunStore
  readonly reader: RunReader
  readonly artifacts: ArtifactStore
}

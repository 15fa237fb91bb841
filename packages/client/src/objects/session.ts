import type { ObjectStore } from '@flowctl/core'
import type { ArtifactStore, Observer, RunReader, RunStore } from '@flowctl/datastore'

/** What all objects of one client share. */
export interface Session extends Observer {
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

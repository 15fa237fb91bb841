import type { Commit, EndRecord, TaskRecord } from '@flowctl/core'

/** What a reader asks of a run's records; a RunStore is one. */
export interface RunSource {
  readCommit(head: string, key: string): Promise<Commit | undefined>
  /** The keys of the committed slices of a head step, in any order. */
  listCommits(head: string): AsyncIterable<string>
  /** The records a resumed run took over. */
  readAdopted(): Promise<readonly TaskRecord[] | undefined>
  readEnd(): Promise<EndRecord | undefined>
}

import type { Commit, EndRecord, TaskRecord } from '@flowctl/core'
import type { CommitOutline } from '../rows/commit-codec.ts'

/** What a reader asks of a run's records; a RunStore is one. */
export interface RunSource {
  readCommit(head: string, key: string): Promise<Commit | undefined>
  /** What the beginning of a commit tells. */
  readOutline(head: string, key: string): Promise<CommitOutline | undefined>
  /** All commits of the run, in any order. */
  listAllCommits(): AsyncIterable<{ readonly head: string; readonly key: string }>
  /** The keys of the committed slices of a head step, in any order. */
  listCommits(head: string): AsyncIterable<string>
  /** The records a resumed run took over. */
  readAdopted(): Promise<readonly TaskRecord[] | undefined>
  readEnd(): Promise<EndRecord | undefined>
}

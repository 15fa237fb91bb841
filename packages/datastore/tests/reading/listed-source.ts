import type { Commit, EndRecord, TaskRecord } from '@flowctl/core'
import type { RunSource } from '../../src/reading/run-source.ts'
import { decodeOutline, encodeCommit, type CommitOutline } from '../../src/rows/commit-codec.ts'

/** Records that lie in memory, with a count of how often they were asked for. */
export class ListedSource implements RunSource {
  readonly commits = new Map<string, Commit>()
  adopted: readonly TaskRecord[] | undefined
  end: EndRecord | undefined
  reads = 0
  listings = 0
  /** Reads under way, and the most there ever were. */
  open = 0
  mostOpen = 0

  constructor(commits: Iterable<Commit> = [], adopted?: readonly TaskRecord[]) {
    for (const commit of commits) this.add(commit)
    this.adopted = adopted
  }

  add(commit: Commit): void {
    this.commits.set(`${commit.head}/${commit.key}`, commit)
  }

  async readCommit(head: string, key: string): Promise<Commit | undefined> {
    this.reads += 1
    this.open += 1
    this.mostOpen = Math.max(this.mostOpen, this.open)
    await new Promise((resolve) => setImmediate(resolve))
    this.open -= 1
    return this.commits.get(`${head}/${key}`)
  }

  async readOutline(head: string, key: string): Promise<CommitOutline | undefined> {
    const commit = await this.readCommit(head, key)
    return commit && decodeOutline(encodeCommit(commit), true)
  }

  async *listAllCommits(): AsyncGenerator<{ head: string; key: string }> {
    this.listings += 1
    yield* this.commits.values()
  }

  async *listCommits(head: string): AsyncGenerator<string> {
    this.listings += 1
    const names = [...this.commits.values()].filter((commit) => commit.head === head)
    yield* names.map((commit) => commit.key).sort()
  }

  readAdopted(): Promise<readonly TaskRecord[] | undefined> {
    return Promise.resolve(this.adopted)
  }

  readEnd(): Promise<EndRecord | undefined> {
    return Promise.resolve(this.end)
  }
}

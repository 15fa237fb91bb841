import type { Commit, TaskRecord } from '@flowctl/core'

/** A commit with its task records by step and task id. */
export interface OpenCommit {
  readonly commit: Commit
  record(step: string, task: string): TaskRecord | undefined
}

export function openCommit(commit: Commit): OpenCommit {
  let byName: Map<string, TaskRecord> | undefined
  return {
    commit,
    record(step, task) {
      byName ??= new Map(commit.tasks.map((record) => [`${record.step}/${record.task}`, record]))
      return byName.get(`${step}/${task}`)
    },
  }
}

/** The commits read last, up to a number of task records in all. Commits never change, so nothing here grows stale. */
export class RecentCommits {
  readonly #limit: number
  readonly #commits = new Map<string, OpenCommit>()
  #tasks = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get(name: string): OpenCommit | undefined {
    const found = this.#commits.get(name)
    if (found !== undefined) {
      this.#commits.delete(name)
      this.#commits.set(name, found)
    }
    return found
  }

  set(name: string, opened: OpenCommit): void {
    if (this.#commits.has(name)) return
    this.#commits.set(name, opened)
    this.#tasks += weight(opened)
    for (const [oldest, old] of this.#commits) {
      if (this.#tasks <= this.#limit || oldest === name) break
      this.#commits.delete(oldest)
      this.#tasks -= weight(old)
    }
  }
}

const weight = (opened: OpenCommit): number => opened.commit.tasks.length + 1

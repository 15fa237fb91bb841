import { RecentMap } from '@flowctl/basics'
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
export function recentCommits(limit: number): RecentMap<string, OpenCommit> {
  return new RecentMap(limit, ({ commit }) => commit.tasks.length + 1)
}

import type { Commit, TaskRecord } from '../records/commit.ts'
import { failedIn } from './outcomes.ts'

/**
 * What has to be done for a run of which jobs may be missing, a new one among them:
 *
 * - `nothing`: it has ended;
 * - `finish`: it is stopped, so only its `finish` must be there;
 * - `stop`: a task has failed for good, and whoever committed that did not get to stop the run;
 * - `attach`: all that the frontier of its history says.
 */
export type Restoration =
  | { readonly kind: 'nothing' | 'finish' | 'attach' }
  | { readonly kind: 'stop'; readonly failed: TaskRecord }

export function restore(found: {
  readonly hasEnded: boolean
  readonly isStopped: boolean
  readonly commits: Iterable<Commit>
}): Restoration {
  if (found.hasEnded) return { kind: 'nothing' }
  if (found.isStopped) return { kind: 'finish' }
  for (const commit of found.commits) {
    const failed = failedIn(commit)
    if (failed !== undefined) return { kind: 'stop', failed }
  }
  return { kind: 'attach' }
}

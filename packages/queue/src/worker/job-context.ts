import type { JoinJob } from '@flowctl/core'
import type { SlotCount } from '../runs/foreach-capacity.ts'
import type { Attacher } from '../runs/attach.ts'
import type { JobQueues } from '../queue/job-queues.ts'
import type { OwnAttachedJobs } from './own-attached-jobs.ts'
import type { Completion } from '../queue/backend.ts'
import type { OpenRun } from '../runs/open-run.ts'

export interface JobContext {
  readonly queues: JobQueues
  readonly attacher: Attacher
  readonly slots: SlotCount
  /** What this process has attached and not had yet. */
  readonly ownAttached: OwnAttachedJobs
  readonly now: () => number
  readonly nonce: () => string
  readonly host: string
  /** How many slices of the run are running besides this one, more or less. */
  readonly runningBeside: (work: OpenRun) => number
  /** Tells everybody that a run is stopped. */
  readonly announce: (work: OpenRun, reason: 'failed' | 'cancelled') => Promise<void>
  /** Attaches what a join that woke too early still waits for. */
  readonly enqueueBelow: (work: OpenRun, join: JoinJob) => Promise<void>
}

/**
 * `more`: done, and what follows is attached. `wait`: the job has children again and is to go back to waiting. Else it is done, and what
 * follows is being attached.
 */
export type JobOutcome = 'done' | 'more' | 'wait' | Completion

/** One delivery of a job. */
export interface Delivery {
  /** How many of those before were lost. */
  readonly lost: number
  /** Of the job's lock. */
  readonly token: string
}

import type { Done } from '../plan/advance.ts'
import type { Plan } from '../plan/foreach-cursor.ts'
import type { JoinJob, SliceJob, WorkJob } from '../plan/job.ts'
import type { FirstFailure } from '../records/run-record.ts'

/**
 * The queue that a run has its jobs in. An engine carries out the commands of `advance` here, one after the other, each with the method of
 * its name. Doing one again, or two at the same time for the same job, adds nothing new: ids are names.
 *
 * A queue counts: a job that waits for children becomes ready when the last of them has completed, and when it was added without any. That
 * is all that starts a join or the run's `finish` (I4).
 */
export interface RunQueue {
  /**
   * Adds what follows from a job, and of every foreach in the plan the join with as many of its first slices as may be outstanding.
   * `false`: nobody waits for the job any more, and nothing was added.
   */
  attach(job: WorkJob, plan: Plan, done: Done): Promise<boolean>
  /** `attach` of a single slice after which the job completes. A queue may put off the attaching until then, to do both in one go. */
  continue(job: WorkJob, next: SliceJob, done: Done): Promise<boolean>
  /** Adds further slices of a foreach, in the order of their indices, until as many are outstanding as may be or none is left. */
  handOut(job: WorkJob, join: JoinJob, done: Done): Promise<void>
  closeForeach(join: JoinJob): Promise<void>
  /** Takes a job off the queue. Its parent becomes ready if that was the last that it waited for. */
  complete(job: WorkJob): Promise<void>
  /** Writes the stop unless there is one, tells everybody of it, and lets what waits for its time come at once. */
  stop(failure: FirstFailure): Promise<void>
  /** Attaches what a join that woke too early still waits for. Then it waits again. */
  waitAgain(join: JoinJob): Promise<void>
}

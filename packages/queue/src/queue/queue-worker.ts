import { Worker, type Job } from 'bullmq'
import { attachedToken } from '../scripts/attached-lock.ts'
import type { JobData } from './job-data.ts'

/** What becomes of a job that is done. */
export interface Completion {
  /** What follows from it is on its way to its parent; until it is there, the job cannot complete. Rejects when it was not attached. */
  readonly attaching: Promise<void>
}

type JobResult = Completion | undefined
type Complete = Worker<JobData, JobResult>['handleCompleted']

interface MainLoop {
  readonly mainLoopQueue?: { readonly add: (event: Promise<undefined>) => void } | null
}

/** BullMQ's worker, but jobs whose successor is being attached are completed with the token that says so. */
export class QueueWorker extends Worker<JobData, JobResult> {
  /**
   * Serves so many jobs at a time from now on. BullMQ looks at its concurrency only when a job ends or arrives, so its main loop is woken
   * as its own `resume` does it: else a slot that another queue has left would stay empty as long as the jobs of this one go on.
   */
  serve(atOnce: number): void {
    const isWider = atOnce > this.concurrency
    this.concurrency = atOnce
    if (isWider) (this as unknown as MainLoop).mainLoopQueue?.add(Promise.resolve(undefined))
  }

  protected override async handleCompleted(
    ended: JobResult,
    job: Job<JobData, JobResult>,
    token: string,
    ...more: Parameters<Complete> extends [unknown, unknown, unknown, ...infer Rest] ? Rest : never
  ): ReturnType<Complete> {
    if (ended === undefined) return super.handleCompleted(undefined, job, token, ...more)
    try {
      return await super.handleCompleted(undefined, job, attachedToken(token), ...more)
    } catch (error) {
      // It comes again. If that is why, this is the reason.
      await ended.attaching
      throw error
    }
  }
}

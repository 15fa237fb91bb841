import type { WorkJob } from '@flowctl/core'
import { queueOf } from '../queue/placement.ts'
import { LOCK_MS } from '../queue/job-data.ts'
import type { JobContext } from './job-context.ts'
import type { OpenRun } from '../runs/open-run.ts'

export const keyOf = (work: OpenRun, job: WorkJob, { queues: shard }: JobContext): string =>
  shard.keyOf(work, { queue: queueOf(work.placement, job), id: job.id })

/** Nobody else can have been given the job since then: its lock has held. */
export const isFresh = (lookedAt: number, { now }: JobContext): boolean => now() - lookedAt < LOCK_MS / 2

/** Whether the parent waits for the job, asked ahead: while the job's lock holds, the answer stays true. */
export class ParentWaits {
  readonly #work: OpenRun
  readonly #job: WorkJob
  readonly #to: JobContext
  #askedAt = -Infinity
  #answer: Promise<boolean> | undefined

  constructor(work: OpenRun, job: WorkJob, context: JobContext) {
    this.#work = work
    this.#job = job
    this.#to = context
    const attachedAt = context.ownAttached.take(keyOf(work, job, context))
    if (attachedAt === undefined) return
    this.#askedAt = attachedAt
    this.#answer = Promise.resolve(true)
  }

  /** Without having asked: this process has just attached it. */
  get isKnown(): boolean {
    return this.#answer !== undefined && isFresh(this.#askedAt, this.#to)
  }

  ask(): void {
    this.#askedAt = this.#to.now()
    this.#answer = this.#to.queues.isAwaited(this.#work, this.#job)
    this.#answer.catch(() => {})
  }

  askAgain(): void {
    if (!isFresh(this.#askedAt, this.#to)) this.ask()
  }

  now(): Promise<boolean> {
    if (this.#answer !== undefined && isFresh(this.#askedAt, this.#to)) return this.#answer
    return this.#to.queues.isAwaited(this.#work, this.#job)
  }
}

import { Worker, type Processor, type WorkerOptions } from 'bullmq'
import { createBackend, useFetchedToken, wakeMainLoop, type Backend, type Completion } from './backend.ts'
import type { JobData } from './job-data.ts'

type JobResult = Completion | undefined

/** BullMQ's worker on flowctl's backend: a job whose successor is being attached ends with a Completion. */
export class QueueWorker extends Worker<JobData, JobResult, string, Backend> {
  constructor(name: string, perform: Processor<JobData, JobResult>, options: WorkerOptions) {
    super(name, perform, options, createBackend)
    this.on('active', (job) => useFetchedToken(this.getBackend(), job))
  }

  /** Serves so many jobs at a time from now on. A slot that another queue has left is used at once. */
  serve(atOnce: number): void {
    const isWider = atOnce > this.concurrency
    this.concurrency = atOnce
    if (isWider) wakeMainLoop(this)
  }
}

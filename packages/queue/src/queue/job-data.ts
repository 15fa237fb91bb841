import type { Job } from '@flowctl/core'
import type { JobsOptions } from 'bullmq'

/** What a queue job carries: which run, and the planner's job. */
export interface JobData {
  readonly flow: string
  readonly run: string
  readonly job: Job
}

/** What the coordinators are asked to do besides finishing runs. */
export interface ControlData {
  readonly flow: string
  readonly run: string
  /** `admit`: the run is new. `recover`: something of it was found missing. `stop`: it is to come to its end. */
  readonly order: 'admit' | 'recover' | 'stop'
}

/** Deliveries are not attempts of a task: a queue job is delivered until it completes. */
const DELIVERIES = 1_000_000_000
/** Wait before the next delivery, in milliseconds: doubled each time up to the most. */
const REDELIVERY_MS = 500
const MOST_REDELIVERY_MS = 10_000
const GROWING = 'growing'

/**
 * How long a job may go without a sign of life of its worker, and how often such jobs are looked for, in milliseconds. Locks are renewed
 * when they are a quarter to half that old. A worker that is late, but alive, loses its lock and not its work: see `presence/running-elsewhere.ts`.
 */
export const LOCK_MS = 3000
const STALLED_CHECK_MS = 1000

export function deliveryOptions(priority: number): JobsOptions {
  return {
    // BullMQ runs jobs of priority 0, its default, before all others.
    priority: Math.max(1, priority),
    attempts: DELIVERIES,
    backoff: { type: GROWING },
    removeOnComplete: true,
    // A failed child that is removed would release its parent.
    removeOnFail: false,
    stackTraceLimit: 2,
    keepLogs: 0,
  }
}

/** The same options for every BullMQ worker. */
export const DELIVERY = {
  lockDuration: LOCK_MS,
  stalledInterval: STALLED_CHECK_MS,
  maxStalledCount: DELIVERIES,
  removeOnComplete: { count: 0 },
  runRetryDelay: 500,
  drainDelay: 2,
  settings: {
    backoffStrategy: (deliveries: number) =>
      Math.min(MOST_REDELIVERY_MS, REDELIVERY_MS * 2 ** Math.min(10, deliveries - 1)),
  },
} as const

/** Entries kept of BullMQ's own event streams, which nobody here reads. */
export const MAX_QUEUE_EVENTS = 100

import type { FlowGraph, Placement } from '@flowctl/core'
import { jobKey, runName } from '../connection/keys.ts'
import type { JobPlace } from './placement.ts'

/** Which run, and what its jobs' places follow from. */
export interface QueuedRun {
  readonly flow: string
  readonly run: string
  readonly graph: FlowGraph
  readonly placement: Placement
}

/** BullMQ's id of a job. `id`: the planner's. */
export function jobIdOf({ flow, run }: Pick<QueuedRun, 'flow' | 'run'>, id: string): string {
  return `${runName(flow, run)}-${id}`
}

/** The Redis key of a job. */
export function keyOfJob(prefix: string, run: Pick<QueuedRun, 'flow' | 'run'>, { queue, id }: JobPlace): string {
  return jobKey(prefix, queue, jobIdOf(run, id))
}

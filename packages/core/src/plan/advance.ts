import type { FlowGraph } from '../graph/model.ts'
import type { Commit } from '../records/commit.ts'
import type { FirstFailure } from '../records/run-record.ts'
import type { Plan } from './foreach-cursor.ts'
import { successors } from './frontier.ts'
import type { JoinJob, Slice, SliceJob, WorkJob } from './job.ts'
import { failedIn, firstFailure } from './outcomes.ts'
import { foreachAround, foreachClosedBy } from './relations.ts'

/** A run, as far as it decides what its jobs do. */
export interface RunState {
  readonly graph: FlowGraph
  /** Nothing new starts in it: a task failed for good, or somebody cancelled it. */
  readonly isStopped: boolean
}

/** What an engine finds when a job is its turn. */
export interface Found {
  readonly isStopped: boolean
  /** Of the job's slice. */
  readonly commit: Commit | undefined
  /** Of a join: every input that it expects is there. Of other jobs: always. */
  readonly hasInputs: boolean
  /** How many workers have taken the job before and were not heard of again. */
  readonly lost: number
}

/**
 * What is to be done with a job before anything follows from it:
 *
 * - `leave`: the run is stopped, so the job completes without running;
 * - `advance`: somebody has committed its slice, so only what follows is left to do;
 * - `wait`: it is a join that woke too early, so what it waits for is attached, and it waits again;
 * - `divide`: its workers may have died of it, so its slice is divided into continuations instead of being run as it is;
 * - `run`: its slice is run and committed.
 */
export type Waking = 'leave' | 'advance' | 'wait' | 'divide' | 'run'

/** A job that was lost so often is divided before it is run again. */
const MOST_LOST = 3

export function wake(job: WorkJob, found: Found): Waking {
  if (found.isStopped) return 'leave'
  if (found.commit !== undefined) return 'advance'
  if (job.kind === 'join' && !found.hasInputs) return 'wait'
  return found.lost >= MOST_LOST ? 'divide' : 'run'
}

/** The last slice that a job ran, its own or a later one of the same foreach, with the commit that stands for it. */
export interface Done {
  readonly slice: Slice
  readonly commit: Commit
}

/** What an engine does for a job, one after the other. */
export type Command =
  /** Writes that the run is stopped, and tells everybody: a task failed for good. */
  | { readonly kind: 'stop'; readonly failure: FirstFailure }
  /**
   * Adds the jobs that follow below their parents, if the job's own parent still waits for it. If not, somebody else has moved on, and of the
   * commands that are left only `complete` is carried out. The plan may be empty.
   */
  | { readonly kind: 'attach'; readonly plan: Plan; readonly done: Done }
  /**
   * The same when a single slice follows that can begin at once, and nothing but `complete` is left after it. This is where an engine can go
   * on with the next step in the same process, as part of the same slice. Both engines make a job of it today.
   */
  | { readonly kind: 'continue'; readonly next: SliceJob; readonly done: Done }
  /** Attaches as many further slices of the foreach that the job is part of as may be outstanding. */
  | { readonly kind: 'handOut'; readonly join: JoinJob; readonly done: Done }
  /** Forgets what is kept of a foreach that is being handed out: its join is done, or will not run. */
  | { readonly kind: 'closeForeach'; readonly join: JoinJob }
  /** Always the last one: whoever waits for the job counts it as done. */
  | { readonly kind: 'complete' }

/**
 * What follows from a job, in the order in which it has to happen: everything that follows is attached before the job completes (I4), so
 * a parent starts exactly when nothing is left below it. Without `done` the job was not run, which happens in stopped runs only.
 */
export function advance({ graph, isStopped }: RunState, job: WorkJob, done?: Done): readonly Command[] {
  const closed = foreachClosedBy(graph, job.slice)
  const closing = closed === undefined ? [] : [{ kind: 'closeForeach', join: closed } as const]
  const failed = done === undefined ? undefined : failedIn(done.commit)
  const stop = failed === undefined ? [] : [{ kind: 'stop', failure: firstFailure(failed) } as const]
  if (done === undefined || failed !== undefined || isStopped) return [...stop, ...closing, { kind: 'complete' }]

  const plan = successors(graph, done.slice, done.commit)
  const foreach = foreachAround(graph, done.slice)
  const next = onlySlice(plan)
  if (next !== undefined && foreach === undefined && closed === undefined)
    return [{ kind: 'continue', next, done }, { kind: 'complete' }]
  return [
    { kind: 'attach', plan, done },
    ...(foreach === undefined ? [] : [{ kind: 'handOut', join: foreach, done } as const]),
    // A join that is to be retried still reads its inputs by the batches of the foreach.
    ...(done.commit.continuations.length > 0 ? [] : closing),
    { kind: 'complete' },
  ]
}

/** The slice that follows, if nothing else does and it need not wait for its time. */
function onlySlice({ jobs, foreaches }: Plan): SliceJob | undefined {
  const [next] = jobs
  if (next?.kind !== 'slice' || jobs.length > 1 || foreaches.length > 0) return undefined
  return next.slice.notBefore === undefined ? next : undefined
}

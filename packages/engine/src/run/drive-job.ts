import {
  advance,
  wake,
  type Command,
  type Done,
  type Found,
  type JoinJob,
  type RunQueue,
  type RunState,
  type WorkJob,
} from '@flowctl/core'

/** How an engine looks at the slice of a job, and runs it. */
export interface JobRunner {
  /** What is known of a job when it is its turn. */
  look(job: WorkJob): Promise<Found>
  /**
   * Runs the slice of a job. `undefined`: nothing is committed, for the run is stopped. Throws when the job is to be performed again, here or
   * by somebody else.
   */
  run(job: WorkJob): Promise<Done | undefined>
  /** Divides the slice of a job whose workers were lost so many times. */
  divide(job: WorkJob, lost: number): Promise<Done | undefined>
}

/** `waiting`: a join that woke too early, which has children again. */
export type Driven = 'completed' | 'waiting'

/**
 * Takes a job from its turn to its completion. All that is decided here is decided by `wake` and `advance`; whoever drives jobs decides nothing
 * else about them.
 */
export async function driveJob(run: RunState, job: WorkJob, queue: RunQueue, runner: JobRunner): Promise<Driven> {
  const found = await runner.look(job)
  const waking = wake(job, found)
  if (waking === 'wait') {
    await queue.waitAgain(job as JoinJob)
    return 'waiting'
  }
  let done: Done | undefined
  if (found.commit !== undefined && waking === 'advance') done = { slice: job.slice, commit: found.commit }
  else if (waking === 'divide') done = await runner.divide(job, found.lost)
  else if (waking === 'run') done = await runner.run(job)
  await carryOut(advance(run, job, done), job, queue)
  return 'completed'
}

async function carryOut(commands: readonly Command[], job: WorkJob, queue: RunQueue): Promise<void> {
  let isAwaited = true
  for (const command of commands) {
    if (!isAwaited && command.kind !== 'complete') continue
    switch (command.kind) {
      case 'stop':
        await queue.stop(command.failure)
        break
      case 'attach':
        isAwaited = await queue.attach(job, command.plan, command.done)
        break
      case 'continue':
        isAwaited = await queue.continue(job, command.next, command.done)
        break
      case 'handOut':
        await queue.handOut(job, command.join, command.done)
        break
      case 'closeForeach':
        await queue.closeForeach(command.join)
        break
      case 'complete':
        await queue.complete(job)
    }
  }
}

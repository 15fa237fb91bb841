import { isFlowctlError, isFlowProblems, toTaskError, type FlowctlError, type TaskError } from '@flowctl/core'
import type { RunContext } from '@flowctl/engine'

type Pool = RunContext['pool']

/** A worker could not get a process ready for a run: its code is missing, or does not load here. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
  readonly problem: FlowctlError

  constructor(problem: FlowctlError) {
    super(problem.message, { cause: problem })
    this.problem = problem
  }

  get taskError(): TaskError {
    return toTaskError(this.problem)
  }
}

/** A pool that is opened when a process is first wanted: what only looks at commits needs no code. Throws CannotStart. */
export function lazyPool(size: number, open: () => Promise<Pool>): Pool {
  let opening: Promise<Pool> | undefined
  let pool: Pool | undefined
  return {
    size,
    async acquire(wanted) {
      try {
        opening ??= open()
        pool = await opening
        return await pool.acquire(wanted)
      } catch (error) {
        if (pool === undefined) opening = undefined
        throw reasonOf(error)
      }
    },
    release: (process, reusable) => pool?.release(process, reusable),
  }
}

/** Trouble of the datastore passes; what is wrong with the code, or with this machine, is the run's. */
function reasonOf(error: unknown): unknown {
  const problem = isFlowProblems(error) ? error.problems[0] : error
  return isFlowctlError(problem) && !problem.code.startsWith('DATASTORE_') ? new CannotStart(problem) : error
}

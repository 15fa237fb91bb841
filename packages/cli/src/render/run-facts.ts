import type { Run, RunStatus } from '@flowctl/client'
import type { Paint } from '../format/paint.ts'
import { duration } from '@flowctl/present'

/** A run as `--json` shows it. Times are milliseconds since 1970. */
export function runFacts(run: Run): object {
  return {
    pathspec: run.pathspec,
    flow: run.parent.id,
    run: run.id,
    status: run.status,
    createdAt: run.createdAt.getTime(),
    finishedAt: run.finishedAt?.getTime(),
    user: run.user,
    userTags: run.userTags,
    systemTags: run.systemTags,
    origin: run.originRun,
  }
}

const STATUS_STYLE = {
  running: 'cyan',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  interrupted: 'yellow',
} as const

export function statusText(status: RunStatus, paint: Paint): string {
  return paint(STATUS_STYLE[status], status)
}

/** How long the run took, or runs until now. */
export function tookText(run: Run, now: number): string {
  return duration((run.finishedAt?.getTime() ?? now) - run.createdAt.getTime())
}

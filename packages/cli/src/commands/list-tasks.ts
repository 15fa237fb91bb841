import type { Run, Task } from '@flowctl/client'
import { oneOf, positiveInteger } from '../arguments/run-options.ts'
import type { CommandContext } from '../context/context.ts'
import { headline } from '../errors/print-error.ts'
import { grouped, dateTime, duration } from '@flowctl/present'
import { table } from '../format/table.ts'
import { openClient, openRun, printJson, printLines, type ReadingOptions } from './open-pathspec.ts'

export interface ListTasksOptions extends ReadingOptions {
  readonly step?: string
  readonly status?: string
  readonly limit: string
}

const OUTCOMES = ['succeeded', 'caught', 'failed'] as const

/** `flowctl list tasks RUN`: the tasks that have ended. */
export async function listTasksCommand(
  context: CommandContext,
  text: string,
  options: ListTasksOptions,
): Promise<number> {
  const limit = positiveInteger({ source: '--limit', text: options.limit })
  const outcome =
    options.status === undefined ? undefined : oneOf({ source: '--status', text: options.status }, OUTCOMES)
  const run = await openRun(context, await openClient(context, options), text)
  const steps = options.step === undefined ? await run.steps() : [await run.step(options.step)]
  const tasks: Task[] = []
  let more = false
  for (const step of steps) {
    if (more) break
    for await (const task of step.tasks()) {
      if (outcome !== undefined && task.outcome !== outcome) continue
      more = tasks.length === limit
      if (more) break
      tasks.push(task)
    }
  }
  if (options.json === true) return printJson(context, tasks.map(taskFacts))
  if (tasks.length === 0) return printLines(context, [`No such task of ${run.pathspec} has ended.`])
  const rows = tasks.map((task) => [
    task.pathspec,
    task.outcome ?? '',
    String(task.attemptNumber + 1),
    dateTime(task.startedAt.getTime()),
    tookText(task),
    task.error === undefined ? '' : shortened(headline(task.error)),
  ])
  const lines = table(['TASK', 'OUTCOME', 'ATTEMPTS', 'STARTED', 'TOOK', 'ERROR'], rows)
  if (more)
    lines.push(
      '',
      await moreText(
        run,
        steps.map((step) => step.id),
        limit,
      ),
    )
  return printLines(context, lines)
}

async function moreText(run: Run, steps: readonly string[], limit: number): Promise<string> {
  const counts = await run.counts()
  const ended = steps
    .map((step) => counts[step])
    .reduce((sum, one) => sum + (one ? one.succeeded + one.caught + one.failed : 0), 0)
  return `These are the first ${grouped(limit)} of ${grouped(ended)} tasks that have ended: --limit, --step and --status choose others.`
}

/** A task as `--json` shows it. Times are milliseconds since 1970. */
function taskFacts(task: Task): object {
  return {
    pathspec: task.pathspec,
    step: task.parent.id,
    task: task.id,
    outcome: task.outcome,
    attempts: task.attemptNumber + 1,
    startedAt: task.startedAt.getTime(),
    finishedAt: task.finishedAt?.getTime(),
    error: task.error,
  }
}

function tookText(task: Task): string {
  return task.finishedAt === undefined ? '' : duration(task.finishedAt.getTime() - task.startedAt.getTime())
}

function shortened(text: string): string {
  const [line = ''] = text.split('\n')
  return line.length > 80 ? `${line.slice(0, 77)}...` : line
}

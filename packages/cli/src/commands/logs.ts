import { structureOf, targets, type FlowGraph } from '@flowctl/core'
import type { Attempt, LogLine, Task } from '@flowctl/client'
import { wholeNumber } from '../arguments/run-options.ts'
import { EXIT, type CommandContext } from '../context/context.ts'
import { taskErrorLines } from '../errors/print-error.ts'
import { timestamp } from '@flowctl/present'
import { isWanted, type LogsOptions } from './logs-options.ts'
import { openClient, openPathspec, stepsOf, type Found } from './open-pathspec.ts'

/** `flowctl logs PATHSPEC`: task after task, in the order of the steps. */
export async function logsCommand(context: CommandContext, text: string, options: LogsOptions): Promise<number> {
  const attempt =
    options.attempt === undefined ? undefined : wholeNumber({ source: '--attempt', text: options.attempt })
  if (options.follow === true) {
    const code = await (await import('./follow-logs.ts')).followLogs(context, text, options)
    if (code !== undefined) return code
  }
  const found = await openPathspec(context, await openClient(context, options), text, 'task')
  let written = 0
  for await (const task of tasksOf(found)) {
    const prefix = isOneOfMany(found) ? `[${task.parent.id}/${task.id}] ` : ''
    const lines = (await linesOf(task, attempt, found, context.cwd)).filter((line) => isWanted(line, options))
    if (lines.length === 0) continue
    written += lines.length
    context.stdout.write(
      lines
        .map(
          (line) => `${options.timestamps === true ? `${timestamp(line.at.getTime())} ` : ''}${prefix}${line.text}\n`,
        )
        .join(''),
    )
  }
  if (written === 0) context.stderr.write(`${nothingText(found, options)}\n`)
  return EXIT.done
}

async function* tasksOf(found: Found): AsyncGenerator<Task, void, undefined> {
  if (found.task !== undefined) yield found.task
  else for (const step of await stepsOf(found)) yield* step.tasks()
}

/**
 * What an attempt wrote and, as the last of its standard error, what it failed with. An attempt that only some of the tasks had
 * is no error, unless one task is asked for it.
 */
async function linesOf(task: Task, number: number | undefined, found: Found, cwd: string): Promise<readonly LogLine[]> {
  const attempt = await attemptOf(task, number, found)
  if (attempt === undefined) return []
  const lines = await attempt.logLines()
  const { error, finishedAt = new Date(0) } = attempt
  if (error === undefined) return lines
  const failure = taskErrorLines(error, { cwd, verbose: false, asOf: found.run.createdAt.getTime() })
  return [...lines, ...failure.map((text) => ({ at: finishedAt, stream: 'stderr', text }) as const)]
}

type Ended = Pick<Attempt, 'logLines' | 'error'> & { readonly finishedAt: Date | undefined }

async function attemptOf(task: Task, number: number | undefined, found: Found): Promise<Ended | undefined> {
  if (number === undefined) return task
  if (found.task !== undefined) return await task.attempt(number)
  return (await task.attempts()).find((one) => one.number === number)
}

/** Whether lines must say which task wrote them. */
export function isOneOfMany({ run, step, task }: Found): boolean {
  return task === undefined && (step === undefined || hasManyTasks(run.graph, step.id))
}

function hasManyTasks(graph: FlowGraph, step: string): boolean {
  const node = graph.steps[step]
  const loops = node !== undefined && targets(node.transition).includes(step)
  return loops || (structureOf(graph).foreachDepth[step] ?? 0) > 0
}

function nothingText({ run, step, task }: Found, { stdout = false, stderr = false }: LogsOptions): string {
  const pathspec = task?.pathspec ?? step?.pathspec ?? run.pathspec
  const where = stdout === stderr ? '' : ` to ${stdout ? 'standard output' : 'standard error'}`
  const later =
    run.record.engine === 'bullmq'
      ? ' so far. The log of a task is there when it has ended; --follow shows it as it is written.'
      : ' so far (the log of a task is there when it has ended).'
  return `${pathspec} wrote nothing${where}${run.finished ? '.' : later}`
}

import { structureOf, targets, type FlowGraph } from '@flowctl/core'
import type { LogLine, Task } from '@flowctl/client'
import { wholeNumber } from '../arguments/run-options.ts'
import { EXIT, type CommandContext } from '../context.ts'
import { timestamp } from '../format/time.ts'
import { openClient, openPathspec, stepsOf, type Found, type ReadingOptions } from './reading.ts'

export interface LogsOptions extends ReadingOptions {
  readonly stdout?: boolean
  readonly stderr?: boolean
  readonly timestamps?: boolean
  readonly attempt?: string
}

/** `flowctl logs PATHSPEC`: task after task, in the order of the steps. */
export async function logsCommand(context: CommandContext, text: string, options: LogsOptions): Promise<number> {
  const attempt = options.attempt === undefined ? undefined : wholeNumber({ source: '--attempt', text: options.attempt })
  const found = await openPathspec(context, await openClient(context, options), text, 'task')
  let written = 0
  for await (const task of tasksOf(found)) {
    const prefix = isOneOfMany(found) ? `[${task.parent.id}/${task.id}] ` : ''
    const lines = (await linesOf(task, attempt, found)).filter((line) => isWanted(line, options))
    if (lines.length === 0) continue
    written += lines.length
    context.stdout.write(lines.map((line) => `${options.timestamps === true ? `${timestamp(line.at.getTime())} ` : ''}${prefix}${line.text}\n`).join(''))
  }
  if (written === 0) context.stderr.write(`${nothingText(found, options)}\n`)
  return EXIT.done
}

async function* tasksOf(found: Found): AsyncGenerator<Task, void, undefined> {
  if (found.task !== undefined) yield found.task
  else for (const step of await stepsOf(found)) yield* step.tasks()
}

/** An attempt that only some of the tasks had is no error, unless one task is asked for it. */
async function linesOf(task: Task, attempt: number | undefined, found: Found): Promise<readonly LogLine[]> {
  if (attempt === undefined) return task.logLines()
  if (found.task !== undefined) return (await task.attempt(attempt)).logLines()
  const attempts = await task.attempts()
  return attempts.find((one) => one.number === attempt)?.logLines() ?? []
}

function isWanted(line: LogLine, { stdout = false, stderr = false }: LogsOptions): boolean {
  return stdout === stderr || (line.stream === 'stdout' ? stdout : stderr)
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
  return `${pathspec} wrote nothing${where}${run.finished ? '' : ' so far (the log of a task is there when it has ended)'}.`
}

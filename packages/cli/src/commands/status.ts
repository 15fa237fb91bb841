import type { StepCounts } from '@flowctl/core'
import type { Run } from '@flowctl/client'
import type { CommandContext } from '../context.ts'
import { grouped } from '../format/numbers.ts'
import { paintFor, type Paint } from '../format/paint.ts'
import { table } from '../format/table.ts'
import { dateTime } from '../format/time.ts'
import { failureLines, followUps } from '../render/outcome.ts'
import { runFacts, statusText, tookText } from '../render/run-facts.ts'
import { programName } from './program-name.ts'
import { openClient, openRun, printJson, printLines, type ReadingOptions } from './reading.ts'

/** `flowctl status RUN` */
export async function statusCommand(
  context: CommandContext,
  text: string,
  options: ReadingOptions & { verbose?: boolean },
): Promise<number> {
  const run = await openRun(context, await openClient(context, options), text)
  const counts = await run.counts()
  const names = (await run.steps()).map((step) => step.id)
  if (options.json === true) {
    const steps = Object.fromEntries(names.map((name) => [name, counts[name]]))
    return printJson(context, { ...runFacts(run), steps, failure: run.error })
  }
  const paint = paintFor(context.stdout, context.environment)
  const lines = [...factLines(run, context.now(), paint), '', ...stepLines(names, counts, paint)]
  if (run.error !== undefined) {
    lines.push(
      '',
      ...failureLines(run.record, run.error, { cwd: context.cwd, verbose: options.verbose ?? false, paint }),
    )
  }
  if (run.finished && !run.successful)
    lines.push('', ...followUps(run.record, run.error, context.cwd, programName(context)))
  return printLines(context, lines)
}

function factLines(run: Run, now: number, paint: Paint): string[] {
  const facts: [string, string][] = [
    ['status', statusText(run.status, paint)],
    ['user', run.user],
    ['started', dateTime(run.createdAt.getTime())],
    [run.finished ? 'took' : 'running for', tookText(run, now)],
  ]
  if (run.userTags.length > 0) facts.push(['tags', run.userTags.join(', ')])
  if (run.originRun !== undefined) facts.push(['resumes', run.originRun])
  return [paint('bold', run.pathspec), ...facts.map(([name, value]) => `  ${name.padEnd(11)}  ${value}`)]
}

function stepLines(names: readonly string[], counts: Readonly<Record<string, StepCounts>>, paint: Paint): string[] {
  const rows = names.map((name) => {
    const { succeeded = 0, caught = 0, failed = 0, adopted = 0 } = counts[name] ?? {}
    const failures = failed === 0 ? '-' : paint('red', grouped(failed))
    return [name, number(succeeded), number(caught), failures, number(adopted)]
  })
  return table(['STEP', 'SUCCEEDED', 'CAUGHT', 'FAILED', 'REUSED'], rows)
}

function number(n: number): string {
  return n === 0 ? '-' : grouped(n)
}

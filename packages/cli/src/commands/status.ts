import { isFlowctlError, type StepCounts } from '@flowctl/core'
import type { Run } from '@flowctl/client'
import type { LiveRun } from '@flowctl/services'
import type { CommandContext } from '../context/context.ts'
import { grouped, dateTime } from '@flowctl/present'
import { paintFor, type Paint } from '../format/paint.ts'
import { table } from '../format/table.ts'
import { failureLines, followUps } from '../render/outcome.ts'
import { runFacts, statusText, tookText } from '../render/run-facts.ts'
import { programName } from '../context/program-name.ts'
import { openClient, openRun, printJson, printLines, type ReadingOptions } from './open-pathspec.ts'

/** `flowctl status RUN` */
export async function statusCommand(
  context: CommandContext,
  text: string,
  options: ReadingOptions & { verbose?: boolean },
): Promise<number> {
  const run = await openRun(context, await openClient(context, options), text)
  const counts = await run.counts()
  const live = await liveOf(context, run, options)
  const begun = (await run.steps()).map((step) => step.id)
  const names = Object.keys(counts).filter((name) => begun.includes(name) || isLive(live, name))
  if (options.json === true) {
    const steps = Object.fromEntries(names.map((name) => [name, counts[name]]))
    return printJson(context, { ...runFacts(run), steps, live, failure: run.error })
  }
  const paint = paintFor(context.stdout, context.environment)
  const lines = [...factLines(run, context.now(), paint), '', ...stepLines(names, counts, live, paint)]
  if (live !== undefined && live.reasons.length > 0)
    lines.push('', ...live.reasons.map((reason) => paint('yellow', reason)))
  if (run.error !== undefined) {
    lines.push(
      '',
      ...failureLines(run.record, run.error, { cwd: context.cwd, verbose: options.verbose ?? false, paint }),
    )
  }
  if (run.finished && !run.successful) {
    const isNewest = (await run.parent.latestRun())?.id === run.id
    lines.push('', ...followUps(run.record, run.error, context.cwd, programName(context), isNewest))
  }
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

function stepLines(
  names: readonly string[],
  counts: Readonly<Record<string, StepCounts>>,
  live: LiveRun | undefined,
  paint: Paint,
): string[] {
  const rows = names.map((name) => {
    const { succeeded = 0, caught = 0, failed = 0, adopted = 0 } = counts[name] ?? {}
    const failures = failed === 0 ? '-' : paint('red', grouped(failed))
    const now = live?.steps.find(({ step }) => step === name)
    const going =
      live === undefined ? [] : [number(now?.running ?? 0), number((now?.waiting ?? 0) + (now?.delayed ?? 0))]
    return [name, number(succeeded), number(caught), failures, number(adopted), ...going]
  })
  const going = live === undefined ? [] : ['SLICES RUNNING', 'WAITING']
  return table(['STEP', 'SUCCEEDED', 'CAUGHT', 'FAILED', 'REUSED', ...going], rows)
}

function isLive(live: LiveRun | undefined, name: string): boolean {
  return live?.steps.some(({ step }) => step === name) === true
}

/** Of a run that is going on shared compute: how it stands in the queues, or why that cannot be said. */
async function liveOf(context: CommandContext, run: Run, options: ReadingOptions): Promise<LiveRun | undefined> {
  if (run.finished || run.record.engine !== 'bullmq') return undefined
  const [{ liveRun }, { sharedCompute, withConnection }] = await Promise.all([
    import('@flowctl/services'),
    import('./shared-compute.ts'),
  ])
  try {
    const shared = await sharedCompute(context, 'flowctl status', { datastore: options.datastore })
    return await withConnection(shared, (connection) => liveRun(connection, run.record, context.now()))
  } catch (error) {
    // What the datastore says is worth having all the same.
    if (!isFlowctlError(error)) throw error
    return { steps: [], reasons: [`What runs and waits now is not known. ${error.message}`] }
  }
}

function number(n: number): string {
  return n === 0 ? '-' : grouped(n)
}

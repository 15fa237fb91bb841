import type { Run, RunFilter } from '@flowctl/client'
import { oneOf, positiveInteger } from '../arguments/run-options.ts'
import type { CommandContext } from '../context/context.ts'
import { paintFor } from '../format/paint.ts'
import { table } from '../format/table.ts'
import { dateTime } from '@flowctl/present'
import { runFacts, statusText, tookText } from '../render/run-facts.ts'
import { openClient, printJson, printLines, usualNamespace, type ReadingOptions } from './open-pathspec.ts'

export interface ListRunsOptions extends ReadingOptions {
  readonly tag?: readonly string[]
  readonly status?: string
  readonly limit: string
  readonly allUsers?: boolean
  readonly namespace?: string
}

const STATUSES = ['running', 'succeeded', 'failed', 'cancelled', 'interrupted'] as const

/** `flowctl list runs FLOW` */
export async function listRunsCommand(
  context: CommandContext,
  name: string,
  options: ListRunsOptions,
): Promise<number> {
  const limit = positiveInteger({ source: '--limit', text: options.limit })
  const filter: RunFilter = {
    tags: options.tag ?? [],
    ...(options.status === undefined ? {} : { status: oneOf({ source: '--status', text: options.status }, STATUSES) }),
    // One more than is shown tells whether there are more.
    limit: limit + 1,
  }
  const client = await openClient(context, options)
  client.namespace = options.allUsers === true ? null : (options.namespace ?? usualNamespace(context))
  const flow = await client.flow(name)
  const runs: Run[] = []
  for await (const run of flow.runs(filter)) runs.push(run)
  const shown = runs.slice(0, limit)
  if (options.json === true) return printJson(context, shown.map(runFacts))
  if (shown.length === 0) return printLines(context, [nothingText(name, client.namespace, options)])
  const paint = paintFor(context.stdout, context.environment)
  const rows = shown.map((run) => [
    run.pathspec,
    statusText(run.status, paint),
    dateTime(run.createdAt.getTime()),
    tookText(run, context.now()),
    run.user,
    run.userTags.join(', '),
  ])
  const lines = table(['RUN', 'STATUS', 'STARTED', 'TOOK', 'USER', 'TAGS'], rows)
  if (runs.length > limit) lines.push('', `Only the newest ${limit} are listed: --limit shows more.`)
  return printLines(context, lines)
}

function nothingText(flow: string, namespace: string | null, options: ListRunsOptions): string {
  const filtered = options.tag !== undefined || options.status !== undefined
  const of = namespace === null ? '' : ` in ${namespace}`
  const hint = namespace === null ? '' : ' --all-users lists the runs of everybody.'
  return `No run of ${flow}${of}${filtered ? ' is like that' : ''}.${hint}`
}

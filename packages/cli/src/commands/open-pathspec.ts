import {
  flowError,
  parsePathspec,
  pathspecLevel,
  type ObjectStore,
  type Pathspec,
  type PathspecLevel,
} from '@flowctl/core'
import type { Client, Flow, Run, Step, Task } from '@flowctl/client'
import { EXIT, type CommandContext } from '../context/context.ts'
import { datastoreToRead } from './datastore.ts'
import { userOf } from '../context/user.ts'

export interface ReadingOptions {
  readonly datastore?: string
  readonly json?: boolean
}

/** A client of the datastore that sees all runs: who names a run means that run. */
export async function openClient(context: CommandContext, options: ReadingOptions): Promise<Client> {
  const { store } = await datastoreToRead(context, options.datastore)
  return clientOf(context, store)
}

/** The same as `openClient`, in a datastore that is open already. */
export async function clientOf(context: CommandContext, store: ObjectStore): Promise<Client> {
  const { Client } = await import('@flowctl/client')
  return new Client({ datastore: store, namespace: null, now: context.now })
}

/** The same as `openRun`, in a datastore that is open already. */
export async function openRunIn(context: CommandContext, store: ObjectStore, text: string): Promise<Run> {
  return openRun(context, await clientOf(context, store), text)
}

/** FLOWCTL_NAMESPACE, empty for all runs; else the runs of whoever asks. */
export function usualNamespace(context: CommandContext): string | null {
  const named = context.environment['FLOWCTL_NAMESPACE']
  if (named !== undefined) return named === '' ? null : named
  return `user:${userOf(context)}`
}

/** `Flow/run`; `Flow` for its latest run; a run id alone when it is the only such run. */
export async function openRun(context: CommandContext, client: Client, text: string): Promise<Run> {
  const { run } = await openPathspec(context, client, text, 'run')
  return run
}

/** What a pathspec leads to, as deep as it goes. */
export interface Found {
  readonly run: Run
  readonly step?: Step
  readonly task?: Task
  readonly artifact?: string
}

/** Opens all levels of a pathspec that go no deeper than `deepest`. Throws PATHSPEC_INVALID and the client's errors. */
export async function openPathspec(
  context: CommandContext,
  client: Client,
  text: string,
  deepest: Exclude<PathspecLevel, 'flow'>,
): Promise<Found> {
  const spec = parsePathspec(text)
  if (spec === undefined || LEVELS.indexOf(pathspecLevel(spec)) > LEVELS.indexOf(deepest)) {
    const level = LEVELS.slice(1, LEVELS.indexOf(deepest) + 1).join(' or ')
    throw flowError('PATHSPEC_INVALID', { given: text, level, expected: expectedOf(deepest) })
  }
  const run =
    spec.run === undefined
      ? await latestOrOnly(context, client, spec.flow)
      : await client.run(`${spec.flow}/${spec.run}`)
  return below(run, spec)
}

const LEVELS = ['flow', 'run', 'step', 'task', 'artifact'] as const

function expectedOf(deepest: PathspecLevel): string {
  const parts = LEVELS.slice(1, LEVELS.indexOf(deepest) + 1)
  return parts.map((_, i) => `Flow/${parts.slice(0, i + 1).join('/')}`).join(' or ')
}

async function below(run: Run, spec: Pathspec): Promise<Found> {
  if (spec.step === undefined) return { run }
  const step = await run.step(spec.step)
  if (spec.task === undefined) return { run, step }
  const task = await step.task(spec.task)
  if (spec.artifact === undefined) return { run, step, task }
  return { run, step, task, artifact: spec.artifact }
}

async function latestOrOnly(context: CommandContext, client: Client, name: string): Promise<Run> {
  const flows = await client.flows()
  if (!flows.includes(name)) {
    const found = await runsWithId(client, flows, name)
    if (found.length > 1)
      throw flowError('COMMAND_RUN_AMBIGUOUS', { given: name, found: found.map((run) => run.pathspec) })
    if (found[0] !== undefined) return found[0]
  }
  const flow = await client.flow(name)
  const run = (await latestSeen(context, client, flow)) ?? (await flow.latestRun())
  if (run === undefined) throw flowError('RUN_UNKNOWN', { flow: name, run: 'latest', newest: [] })
  return run
}

/** The flow's latest run that `list runs` would show. */
async function latestSeen(context: CommandContext, client: Client, flow: Flow): Promise<Run | undefined> {
  const before = client.namespace
  client.namespace = usualNamespace(context)
  try {
    return await flow.latestRun()
  } finally {
    client.namespace = before
  }
}

async function runsWithId(client: Client, flows: readonly string[], id: string): Promise<Run[]> {
  const found = await Promise.all(
    flows.map(async (name) => {
      const flow = await client.flow(name)
      return flow.run(id).catch((error: unknown) => {
        if ((error as { code?: unknown }).code === 'RUN_UNKNOWN') return undefined
        throw error
      })
    }),
  )
  return found.filter((run) => run !== undefined)
}

/** The steps a pathspec speaks of, in the order they run. */
export async function stepsOf(found: Found): Promise<readonly Step[]> {
  return found.step === undefined ? found.run.steps() : [found.step]
}

export function printLines(context: CommandContext, lines: readonly string[]): number {
  if (lines.length > 0) context.stdout.write(`${lines.join('\n')}\n`)
  return EXIT.done
}

export function printJson(context: CommandContext, value: unknown): number {
  context.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
  return EXIT.done
}

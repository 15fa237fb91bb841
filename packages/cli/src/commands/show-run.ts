import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { flowError, type FlowctlError } from '@flowctl/core'
import type { RunEnded, RunEvent } from '@flowctl/engine'
import type { LocalRun } from '@flowctl/runs'
import type { RunSettings } from '../arguments/run-options.ts'
import { EXIT, type CommandContext } from '../context/context.ts'
import { paintFor } from '../format/paint.ts'
import { JsonView } from '../render/json-view.ts'
import { LiveView } from '../render/live-view.ts'
import { failureSummary, endingLine, resultHint } from '../render/outcome.ts'
import { PlainView } from '../render/plain-view.ts'
import type { RunView, ViewOptions } from '../render/run-view.ts'
import { version } from '../package/files.ts'
import type { ChosenDatastore } from './datastore.ts'
import { programName } from '../context/program-name.ts'

/** How the program ends when it has seen the run end. */
export const EXIT_OF = { succeeded: EXIT.done, failed: EXIT.failed, cancelled: EXIT.interrupted } as const

/** What `run` and `resume` have in common: show the run while it goes on, stop it on Ctrl-C, say how it ended. */
export async function showRun(
  context: CommandContext,
  settings: RunSettings,
  datastore: ChosenDatastore,
  user: string,
  start: (onEvent: (event: RunEvent) => void) => Promise<LocalRun>,
): Promise<number> {
  const view = makeView(context, settings, datastore)
  let run: LocalRun | undefined
  let stopped = false
  const ignoreStops = context.onStop((signal) => {
    if (stopped) {
      view.finish()
      context.exit(EXIT.interrupted)
    }
    stopped = true
    const again = signal === 'SIGINT' ? ' Press Ctrl-C again to leave at once.' : ''
    view.note(context.now(), `Stopping the run: running tasks are killed, what is done is kept.${again}`)
    run?.cancel(user)
  })
  try {
    run = await start((event) => {
      if (event.type === 'run-started') writeRunId(context, settings, event.record.run)
      view.onEvent(event)
    })
    if (stopped) run.cancel(user)
    const ended = await run.ended
    view.finish()
    sayOutcome(context, settings, run, ended)
    return EXIT_OF[ended.status]
  } finally {
    view.finish()
    ignoreStops()
  }
}

function isLive(context: CommandContext, settings: RunSettings): boolean {
  return context.stdout.isTTY === true && !settings.quiet && context.environment['TERM'] !== 'dumb'
}

export function makeView(
  context: CommandContext,
  settings: RunSettings,
  datastore: ChosenDatastore,
  ctrlC = 'stops the run',
): RunView {
  const options: ViewOptions = {
    output: context.stdout,
    paint: paintFor(context.stdout, context.environment),
    cwd: context.cwd,
    datastore: datastore.shown,
    version: version(),
    program: programName(context),
    ctrlC,
    notes: datastore.isNew ? [`Creating a new datastore in ${datastore.shown}`] : [],
  }
  if (settings.json) return new JsonView(options)
  if (isLive(context, settings)) return new LiveView({ ...options, now: context.now })
  return new PlainView({ ...options, quiet: settings.quiet })
}

export function sayOutcome(
  context: CommandContext,
  settings: RunSettings,
  run: Pick<LocalRun, 'record'>,
  ended: RunEnded,
): void {
  if (settings.json) return
  const live = isLive(context, settings)
  const { record } = run
  if (live) context.stdout.write(`${endingLine(record, ended, paintFor(context.stdout, context.environment))}\n`)
  if (ended.status === 'succeeded') {
    if (live) context.stdout.write(`${resultHint(record, programName(context))}\n`)
    return
  }
  const paint = paintFor(context.stderr, context.environment)
  const view = { cwd: context.cwd, verbose: settings.verbose, paint }
  const lines = failureSummary(record, ended, view, programName(context))
  if (settings.quiet) lines.unshift(endingLine(record, ended, paint), '')
  context.stderr.write(`\n${lines.join('\n')}\n`)
}

/** Tags that a run cannot have are refused before there is one. Throws TAG_INVALID, TAG_LIMIT. */
export async function checkRunTags({ tags }: RunSettings): Promise<void> {
  // Few runs are tagged at their start: the others need not load the client.
  if (tags.length > 0) (await import('@flowctl/client')).checkTags(tags)
}

/** Before the run, so that a name that cannot be written costs no run. Throws COMMAND_FILE_NOT_WRITABLE. */
export function checkRunIdFile(context: CommandContext, { runIdFile }: RunSettings): void {
  if (runIdFile === undefined) return
  const file = resolve(context.cwd, runIdFile)
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK)
    if (existsSync(file) && statSync(file).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
  } catch (cause) {
    throw notWritable(runIdFile, cause)
  }
}

export function writeRunId(context: CommandContext, { runIdFile }: RunSettings, run: string): void {
  if (runIdFile === undefined) return
  try {
    writeFileSync(resolve(context.cwd, runIdFile), run)
  } catch (cause) {
    throw notWritable(runIdFile, cause)
  }
}

function notWritable(file: string, cause: unknown): FlowctlError {
  return flowError('COMMAND_FILE_NOT_WRITABLE', { option: '--run-id-file', file, reason: reasonText(cause) }, { cause })
}

/** What the code of a failed file operation means. */
export function reasonText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const known: Record<string, string> = {
    ENOENT: 'its folder does not exist',
    EACCES: 'you may not write there',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of the path is not a folder',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  }
  return known[code ?? ''] ?? message
}

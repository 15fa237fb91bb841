import { flowError, nearest, parsePathspec } from '@flowctl/core'
import type { RunEvent } from '@flowctl/engine'
import { followEvents } from '@flowctl/queue'
import { EXIT, type CommandContext } from '../context/context.ts'
import { timestamp } from '@flowctl/present'
import { LineWriter } from '../render/line-writer.ts'
import { EXIT_OF } from './show-run.ts'
import { isWanted, type LogsOptions } from './logs-options.ts'
import { openRunIn } from './open-pathspec.ts'
import { openShared, sharedCompute, withConnection } from './shared-compute.ts'

/**
 * `flowctl logs PATHSPEC -f`: lines as they are written, from the beginning of the run as far as its stream reaches back. `undefined`
 * for a run that has ended: its log is in the datastore.
 */
export async function followLogs(
  context: CommandContext,
  text: string,
  options: LogsOptions,
): Promise<number | undefined> {
  const shared = await sharedCompute(context, 'flowctl logs -f', { datastore: options.datastore })
  const { store } = await openShared(context, shared, 'read')
  const spec = parsePathspec(text)
  const run = await openRunIn(context, store, spec?.run === undefined ? text : `${spec.flow}/${spec.run}`)
  if (run.finished) return undefined
  const { record, pathspec, graph } = run
  if (record.engine !== 'bullmq')
    throw flowError('RUN_NOT_SHARED', { pathspec, what: 'followed', pid: record.host.pid })
  if (spec?.step !== undefined && graph.steps[spec.step] === undefined) {
    const { flow, run: id } = record
    const known = Object.keys(graph.steps)
    throw flowError('STEP_UNKNOWN', { flow, run: id, step: spec.step, known, nearest: nearest(spec.step, known) })
  }
  const writer = new LineWriter(context.stdout)
  const manySteps = spec?.step === undefined
  const isOf = (event: { step: string; task: string }): boolean =>
    (manySteps || event.step === spec.step) && (spec?.task === undefined || event.task === spec.task)
  const show = (event: RunEvent): void => {
    if (event.type !== 'line' || !isOf(event) || !isWanted(event, options)) return
    const time = options.timestamps === true ? `${timestamp(event.at)} ` : ''
    const prefix = spec?.task === undefined ? `[${event.step}/${event.task}] ` : ''
    writer.line(`${time}${prefix}${event.text}`)
  }
  const aborting = new AbortController()
  const ignoreStops = context.onStop(() => aborting.abort())
  try {
    return await withConnection(shared, async (connection) => {
      const ended = await followEvents(connection, { objects: store, record, onEvent: show, signal: aborting.signal })
      return ended === undefined ? EXIT.interrupted : EXIT_OF[ended.status]
    })
  } finally {
    writer.flush()
    ignoreStops()
  }
}

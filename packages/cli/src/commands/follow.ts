import type { RunRecord } from '@flowctl/core'
import type { RunEvent } from '@flowctl/engine'
import { followEvents, type Connection } from '@flowctl/queue'
import { liveRun } from '@flowctl/services'
import type { RunSettings } from '../arguments/run-options.ts'
import { EXIT, type CommandContext } from '../context/context.ts'
import { EXIT_OF, makeView, sayOutcome } from './show-run.ts'
import type { ChosenDatastore } from './datastore.ts'
import { programName } from '../context/program-name.ts'

/** How often it is looked whether something keeps the run, in milliseconds. */
const LOOK_MS = 3000
const NO_ANSWER = 'Redis does not answer. Tasks that run go on; the rest follows when it is back.'

/** Shows a submitted run as `run` would, until it has ended. Ctrl-C ends the showing alone. */
export async function follow(
  context: CommandContext,
  settings: RunSettings,
  connection: Connection,
  datastore: ChosenDatastore,
  record: RunRecord,
): Promise<number> {
  const view = makeView(context, settings, datastore, 'stops following')
  const aborting = new AbortController()
  const pathspec = `${record.flow}/${record.run}`
  const ignoreStops = context.onStop(() => {
    // A second Ctrl-C need not wait for an answer.
    if (aborting.signal.aborted) context.exit(EXIT.interrupted)
    aborting.abort()
  })
  const show = (event: RunEvent): void => {
    // Shown already: there is something to see before a coordinator has taken the run.
    if (event.type !== 'run-started') view.onEvent(event)
  }
  view.onEvent({ type: 'run-started', at: record.createdAt, record })
  const stopLooking = lookForReasons(connection, record, context.now, (text) => view.note(context.now(), text))
  try {
    const ended = await followEvents(connection, {
      objects: datastore.store,
      record,
      onEvent: show,
      signal: aborting.signal,
    })
    if (ended !== undefined) {
      view.finish()
      sayOutcome(context, settings, { record }, ended)
      return EXIT_OF[ended.status]
    }
    const program = programName(context)
    view.note(context.now(), `Not following any more. ${pathspec} goes on; stop it with: ${program} cancel ${pathspec}`)
    return EXIT.interrupted
  } finally {
    stopLooking()
    view.finish()
    ignoreStops()
  }
}

/** Says what keeps a run, once each. */
function lookForReasons(
  connection: Connection,
  record: RunRecord,
  now: () => number,
  say: (text: string) => void,
): () => void {
  const said = new Set<string>()
  let stopped = false
  let asking = false
  const look = async (): Promise<void> => {
    // While Redis is gone, the last question is still open.
    const reasons = asking ? [NO_ANSWER] : await ask()
    if (stopped) return
    for (const reason of reasons.filter((one) => !said.has(one))) {
      said.add(reason)
      say(reason)
    }
  }
  const ask = async (): Promise<readonly string[]> => {
    asking = true
    try {
      return (await liveRun(connection, record, now())).reasons
    } finally {
      asking = false
    }
  }
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS)
  return () => {
    stopped = true
    clearInterval(timer)
  }
}

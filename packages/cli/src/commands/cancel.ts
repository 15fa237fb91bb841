import { flowError } from '@flowctl/core'
import { cancelRun } from '@flowctl/queue'
import { EXIT, type CommandContext } from '../context/context.ts'
import { openRunIn } from './open-pathspec.ts'
import { openShared, sharedCompute, withConnection, type SharedOptions } from './shared-compute.ts'
import { userOf } from '../context/user.ts'

/** `flowctl cancel RUN` */
export async function cancelCommand(context: CommandContext, text: string, options: SharedOptions): Promise<number> {
  const by = userOf(context)
  const shared = await sharedCompute(context, 'flowctl cancel', { datastore: options.datastore })
  const { store } = await openShared(context, shared, 'write')
  const run = await openRunIn(context, store, text)
  const { record, pathspec } = run
  if (run.finished) throw flowError('RUN_HAS_ENDED', { pathspec, status: run.status })
  if (record.engine !== 'bullmq')
    throw flowError('RUN_NOT_SHARED', { pathspec, what: 'cancelled', pid: record.host.pid })
  return withConnection(shared, async (connection) => {
    const isNew = await cancelRun(connection, { objects: store, record, by, now: context.now })
    const already = isNew ? '' : ' It was being stopped already.'
    context.stdout.write(`${pathspec} is cancelled: running tasks are killed, what is done is kept.${already}\n`)
    return EXIT.done
  })
}

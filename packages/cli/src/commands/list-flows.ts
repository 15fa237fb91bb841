import type { CommandContext } from '../context/context.ts'
import { datastoreToRead } from './datastore.ts'
import { clientOf, printJson, printLines, type ReadingOptions } from './open-pathspec.ts'

/** `flowctl list flows` */
export async function listFlowsCommand(context: CommandContext, options: ReadingOptions): Promise<number> {
  const { store, shown } = await datastoreToRead(context, options.datastore)
  const flows = await (await clientOf(context, store)).flows()
  if (options.json === true) return printJson(context, flows)
  return printLines(context, flows.length === 0 ? [`No flow was run yet in ${shown}.`] : flows)
}

import type { CommandContext } from '../context.ts'
import { openClient, printJson, printLines, type ReadingOptions } from './reading.ts'

/** `flowctl list flows` */
export async function listFlowsCommand(context: CommandContext, options: ReadingOptions): Promise<number> {
  const flows = await (await openClient(context, options)).flows()
  if (options.json === true) return printJson(context, flows)
  return printLines(context, flows.length === 0 ? ['No flow was run yet.'] : flows)
}

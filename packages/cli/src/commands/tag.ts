import type { Run } from '@flowctl/client'
import { EXIT, type CommandContext } from '../context/context.ts'
import { openClient, openRun, printJson, printLines, type ReadingOptions } from './open-pathspec.ts'

export interface TagOptions extends ReadingOptions {
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

/** `flowctl tag add|remove|replace RUN ...`: one change, whatever others change at the same time. */
export async function tagCommand(context: CommandContext, text: string, options: TagOptions): Promise<number> {
  const run = await openRun(context, await openClient(context, options), text)
  await run.replaceTags(options.remove ?? [], options.add ?? [])
  context.stdout.write(`${tagsText(run)}\n`)
  return EXIT.done
}

/** `flowctl tag list RUN` */
export async function tagListCommand(context: CommandContext, text: string, options: ReadingOptions): Promise<number> {
  const run = await openRun(context, await openClient(context, options), text)
  const { pathspec, userTags, systemTags } = run
  if (options.json === true) return printJson(context, { pathspec, userTags, systemTags })
  return printLines(context, [
    tagsText(run),
    'System tags, which never change:',
    ...systemTags.map((tag) => `  ${tag}`),
  ])
}

function tagsText({ pathspec, userTags }: Run): string {
  return userTags.length === 0
    ? `${pathspec} has no tags.`
    : [`Tags of ${pathspec}:`, ...userTags.map((tag) => `  ${tag}`)].join('\n')
}

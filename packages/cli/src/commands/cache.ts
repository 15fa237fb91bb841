import { accessSync, constants } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { CommandContext } from '../context/context.ts'

/**
 * Where bundles of a flow file are kept between commands: FLOWCTL_CACHE, else beside the packages of the project the flow lives
 * in, else in the user's own cache folder. All of it can be deleted at any time.
 */
export function cacheFolder(context: CommandContext, file: string): string {
  const { FLOWCTL_CACHE: named, XDG_CACHE_HOME: shared } = context.environment
  if (named !== undefined && named !== '') return resolve(context.cwd, named)
  for (let folder = dirname(resolve(context.cwd, file)); ; folder = dirname(folder)) {
    const packages = join(folder, 'node_modules')
    if (isWritable(packages)) return join(packages, '.cache', 'flowctl')
    if (dirname(folder) === folder) break
  }
  return join(shared || join(context.homeDirectory, '.cache'), 'flowctl')
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

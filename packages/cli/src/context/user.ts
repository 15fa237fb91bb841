import { flowError } from '@flowctl/core'
import type { CommandContext } from './context.ts'

/** Who runs this: FLOWCTL_USER, else the name the operating system knows. Throws COMMAND_UNKNOWN_USER. */
export function userOf(context: CommandContext): string {
  const user = context.environment['FLOWCTL_USER'] || context.systemUser
  if (user === undefined || user === '') throw flowError('COMMAND_UNKNOWN_USER', {})
  return user
}

import type { CommandContext } from './context.ts'

/** What the user types to start flowctl: from `npx` and from npm's scripts, a `flowctl` of the project is started through `npx`. */
export function programName({ environment }: CommandContext): string {
  return environment['npm_command'] === undefined ? 'flowctl' : 'npx flowctl'
}

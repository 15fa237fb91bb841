import type { LogLine } from '@flowctl/client'
import type { ReadingOptions } from './open-pathspec.ts'

export interface LogsOptions extends ReadingOptions {
  readonly stdout?: boolean
  readonly stderr?: boolean
  readonly timestamps?: boolean
  readonly attempt?: string
  readonly follow?: boolean
}

export function isWanted(line: Pick<LogLine, 'stream'>, { stdout = false, stderr = false }: LogsOptions): boolean {
  return stdout === stderr || (line.stream === 'stdout' ? stdout : stderr)
}

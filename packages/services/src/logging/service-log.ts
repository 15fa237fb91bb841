import { hostname } from 'node:os'
import { pino, stdSerializers, stdTimeFunctions, type Logger } from 'pino'
import type { LogLevel } from '../configuration/settings.ts'
import { readable } from './readable.ts'
import { redactor } from './redact.ts'

/** Where a service's own log goes. */
export interface LogOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
}

export interface ServiceLogOptions {
  /** `coordinator`, `worker`. */
  readonly service: string
  readonly level: LogLevel
  readonly output: LogOutput
  /** Its secrets never stand in the log. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly pid: number
}

/**
 * The log of a service: one JSON object a line with `level`, `time` (ISO), `service`, `pid`, `host`, `msg` and what else there is
 * to say; on a terminal lines for people. Secrets are taken out of the finished line, so that none slips through in a text.
 */
export function serviceLog({ service, level, output, environment, pid }: ServiceLogOptions): Logger {
  const redact = redactor(environment)
  const form =
    output.isTTY === true ? (line: string): string => `${readable(line.trimEnd())}\n` : (line: string) => line
  return pino(
    {
      level,
      base: { service, pid, host: hostname() },
      timestamp: stdTimeFunctions.isoTime,
      serializers: { error: stdSerializers.err },
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void output.write(form(redact(line))) },
  )
}

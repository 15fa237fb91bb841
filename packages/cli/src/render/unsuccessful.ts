import type { FlowGraph } from '@flowctl/core'
import type { TaskEnded } from '@flowctl/engine'
import { attemptText, retryText } from '@flowctl/present'
import { headline, userPlace } from '../errors/print-error.ts'

/** What there is to say of an attempt that threw or died, line by line. */
export function unsuccessfulLines(graph: FlowGraph | undefined, event: TaskEnded, cwd: string): string[] {
  const attempt = attemptText(graph, event.step, event.attempt)
  const about = [event.input === undefined ? undefined : `input: ${event.input}`, attempt]
    .filter((part) => part !== undefined)
    .join(', ')
  const error = event.error === undefined ? 'no reason is known' : headline(event.error)
  const place = event.error === undefined ? undefined : userPlace(event.error, cwd)
  const [first = '', ...rest] = error.split('\n')
  const lines = [`Task failed${about === '' ? '' : ` (${about})`}: ${first}`, ...rest]
  if (place !== undefined) lines[lines.length - 1] += ` (${place})`
  if (event.outcome === 'caught') lines.push('Task is done all the same: @catchError caught the error.')
  if (event.outcome === 'retrying') lines.push(retryText(event))
  return lines
}

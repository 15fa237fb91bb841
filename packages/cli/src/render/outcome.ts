import type { FirstFailure, RunRecord } from '@flowctl/core'
import type { RunEnded } from '@flowctl/engine'
import { taskErrorLines, type ErrorView } from '../errors/print-error.ts'
import { pathText } from '../errors/stack.ts'
import { noPaint, type Paint } from '../format/paint.ts'
import { duration, attemptText } from '@flowctl/present'

/** How a run ended, in one line. */
export function endingLine(record: RunRecord, ended: RunEnded, paint: Paint): string {
  const pathspec = `${record.flow}/${record.run}`
  const took = duration(ended.at - ended.startedAt)
  switch (ended.status) {
    case 'succeeded':
      return `${paint('green', 'Done!')} Run ${pathspec} took ${took}.`
    case 'cancelled':
      return `${paint('yellow', 'Interrupted.')} Run ${pathspec} was cancelled after ${took}; what is done is kept.`
    case 'failed':
      return `${paint('red', 'Failed.')} Run ${pathspec} failed after ${took}.`
  }
}

/** What to know and to do after a run that did not succeed: its first failure, where to look, how to go on. */
export function failureSummary(record: RunRecord, ended: RunEnded, view: ErrorView, program: string): string[] {
  const { failure } = ended
  return failure === undefined
    ? followUps(record, undefined, view.cwd, program)
    : [...failureLines(record, failure, view), '', ...followUps(record, failure, view.cwd, program)]
}

/** The commands to go on with. A run is resumed where it ran; one that is not its flow's newest has to be named. */
export function followUps(
  record: RunRecord,
  failure: FirstFailure | undefined,
  cwd: string,
  program: string,
  isNewest = true,
): string[] {
  const words = ['resume', shellWord(pathText(record.code.file, cwd))]
  if (!isNewest) words.push('--origin-run-id', record.run)
  if (record.engine === 'bullmq') words.push('--submit')
  const resume = hint('Resume it:', `${program} ${words.join(' ')}`)
  if (failure === undefined) return [resume]
  const log = `${program} logs ${record.flow}/${record.run}/${failure.step}/${failure.task}`
  return [hint('Read its log:', log), resume]
}

/** What to do after a run that succeeded. */
export function resultHint(record: RunRecord, program: string): string {
  return `See what it stored: ${program} dump ${record.flow}/${record.run}/${record.graph.end}`
}

/** The first failure: which task, and its error. */
export function failureLines(record: RunRecord, failure: FirstFailure, view: ErrorView): string[] {
  const paint = view.paint ?? noPaint
  const facts = [
    `step ${failure.step}`,
    `task ${failure.task}`,
    failure.input === undefined ? undefined : `input: ${failure.input}`,
    attemptText(record.graph, failure.step, failure.attempt),
  ]
  const known = facts.filter((fact) => fact !== undefined)
  const error = taskErrorLines(failure.error, { asOf: record.createdAt, ...view }).map((line) =>
    line === '' ? '' : `  ${line}`,
  )
  return [`${paint('bold', 'First failure:')} ${known.join(', ')}`, ...error]
}

function hint(label: string, command: string): string {
  return `${label.padEnd(15)}${command}`
}

/** Quoted when a shell would take it apart. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

import { flowError, FlowProblems, type FlowctlError } from '@flowctl/core'

/** The options that `run` and `resume` share, checked. */
export interface RunSettings {
  readonly tags: readonly string[]
  readonly with: readonly string[]
  readonly maxWorkers?: number
  readonly maxNumSplits?: number
  readonly maxLogBytes?: number
  readonly isolate: boolean
  readonly runIdFile?: string
  readonly quiet: boolean
  readonly json: boolean
  readonly verbose: boolean
}

/** As commander hands them over: what was given on the command line, text as it was typed. */
export interface RawRunOptions {
  readonly tag?: readonly string[]
  readonly with?: readonly string[]
  readonly maxWorkers?: string
  readonly maxNumSplits?: string
  readonly maxLogSize?: string
  readonly isolate?: boolean
  readonly runIdFile?: string
  readonly quiet?: boolean
  readonly json?: boolean
  readonly verbose?: boolean
}

const MEBIBYTE = 1024 * 1024

/**
 * Checks the options and fills in from `FLOWCTL_RUN_...` what the command line leaves out. Lists in the environment are split at
 * white space.
 */
export function readRunOptions(
  raw: RawRunOptions,
  environment: Readonly<Record<string, string | undefined>>,
): RunSettings {
  const problems: FlowctlError[] = []
  const text = (option: string, given: string | undefined): Given | undefined => {
    if (given !== undefined) return { source: option, text: given }
    const variable = variableOf(option)
    const value = environment[variable]
    return value === undefined || value === '' ? undefined : { source: variable, text: value }
  }
  const checked = <T>(given: Given | undefined, parse: (given: Given) => T): T | undefined => {
    if (given === undefined) return undefined
    try {
      return parse(given)
    } catch (error) {
      problems.push(error as FlowctlError)
      return undefined
    }
  }
  const list = (option: string, given: readonly string[] | undefined): readonly string[] =>
    given ?? environment[variableOf(option)]?.split(/\s+/).filter((word) => word !== '') ?? []

  const maxWorkers = checked(text('--max-workers', raw.maxWorkers), positiveInteger)
  const maxNumSplits = checked(text('--max-num-splits', raw.maxNumSplits), positiveInteger)
  const maxLogSize = checked(text('--max-log-size', raw.maxLogSize), positiveNumber)
  const isolate = raw.isolate ?? checked(text('--isolate', undefined), yesOrNo) ?? false
  const runIdFile = text('--run-id-file', raw.runIdFile)?.text
  if (problems.length > 0) throw new FlowProblems(problems)
  return {
    tags: list('--tag', raw.tag),
    with: list('--with', raw.with),
    ...(maxWorkers === undefined ? {} : { maxWorkers }),
    ...(maxNumSplits === undefined ? {} : { maxNumSplits }),
    ...(maxLogSize === undefined ? {} : { maxLogBytes: Math.round(maxLogSize * MEBIBYTE) }),
    isolate,
    ...(runIdFile === undefined ? {} : { runIdFile }),
    quiet: raw.quiet ?? false,
    json: raw.json ?? false,
    verbose: raw.verbose ?? false,
  }
}

/** What of it the run itself is asked for, and records. */
export function recordedOf({
  tags,
  maxNumSplits,
  maxLogBytes,
}: RunSettings): Pick<RunSettings, 'tags' | 'maxNumSplits' | 'maxLogBytes'> {
  return {
    tags,
    ...(maxNumSplits === undefined ? {} : { maxNumSplits }),
    ...(maxLogBytes === undefined ? {} : { maxLogBytes }),
  }
}

/** `FLOWCTL_RUN_MAX_WORKERS` for `--max-workers`. */
export function variableOf(option: string): string {
  return `FLOWCTL_RUN_${option.slice(2).replaceAll('-', '_').toUpperCase()}`
}

/** A value and where it was given. */
export interface Given {
  readonly source: string
  readonly text: string
}

export function positiveInteger({ source, text }: Given): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && Number.isSafeInteger(value)) return value
  throw flowError('COMMAND_BAD_VALUE', { source, given: text, expected: 'a whole number of at least 1' })
}

export function wholeNumber({ source, text }: Given): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw flowError('COMMAND_BAD_VALUE', { source, given: text, expected: 'a whole number of at least 0' })
}

function positiveNumber({ source, text }: Given): number {
  const value = Number(text)
  if (/^\d*\.?\d+$/.test(text) && value > 0) return value
  throw flowError('COMMAND_BAD_VALUE', { source, given: text, expected: 'a number above 0' })
}

function yesOrNo({ source, text }: Given): boolean {
  if (/^(?:true|1|yes)$/i.test(text)) return true
  if (/^(?:false|0|no)$/i.test(text)) return false
  throw flowError('COMMAND_BAD_VALUE', { source, given: text, expected: 'true or false' })
}

export function oneOf<const T extends string>({ source, text }: Given, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text)
  if (found !== undefined) return found
  throw flowError('COMMAND_BAD_VALUE', { source, given: text, expected: `one of ${allowed.join(', ')}` })
}

import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { FlowProblems } from '../../errors/problems.ts'
import { flowError } from '../../errors/table.ts'
import type { GivenParameter, ParameterDescription } from '../../graph/description.ts'
import type { FlowClass } from '../flow-spec.ts'
import { discoverFlow } from './discover.ts'
import { show } from '../show.ts'
import { describeParameters, separatorOf } from '../parameters/check-declaration.ts'
import type { DeclaredParameter, DefaultContext, DefaultValue } from '../declarations/declaration.ts'
import { ALLOWED, fitsKind, readText, split, type Read } from '../parameters/read-text.ts'
import { absentBySchema, readBySchema, readDefaultBySchema } from '../parameters/validate.ts'

/** What binding needs from outside. */
export interface BindContext {
  /** The flow's name. @default the name of the class */
  readonly flow?: string
  /** Who starts the run, for deploy-time defaults. */
  readonly user: string
  /** Reads a file for IncludeFile; relative paths are the caller's matter. Rejects when it cannot. */
  readonly readFile: (path: string) => Promise<Uint8Array>
}

/**
 * Turns what was given for a flow's parameters, and their defaults, into their values by field; a parameter that has neither is
 * `undefined`. Throws FlowProblems with every PARAMETER_* error there is; those of the declarations come first, and alone.
 */
export async function bindParameters(
  flowClass: FlowClass,
  given: Readonly<Record<string, GivenParameter>>,
  context: BindContext,
): Promise<Record<string, unknown>> {
  const { declared, problems: broken } = discoverFlow(flowClass)
  const { parameters, problems: misdeclared } = describeParameters(declared)
  if (broken.length + misdeclared.length > 0) throw new FlowProblems([...broken, ...misdeclared])
  const unknown = Object.entries(given)
    .filter(([field]) => !declared.some((one) => one.field === field))
    .map(([, { source }]) => {
      return flowError('PARAMETER_UNKNOWN', { source, known: parameters.map((one) => `--${one.option}`) })
    })
  const reads = await Promise.all(
    declared.map((one, index) => {
      const text = Object.hasOwn(given, one.field) ? given[one.field] : undefined
      const flow = context.flow ?? flowClass.name
      return text === undefined
        ? readDefault(one, parameters[index]!, { ...context, flow })
        : readGiven(one, text, context)
    }),
  )
  const problems: FlowctlError[] = [...unknown, ...reads.flatMap((read) => ('problem' in read ? [read.problem] : []))]
  if (problems.length > 0) throw new FlowProblems(problems)
  return Object.fromEntries(
    declared.map(({ field }, index) => {
      const read = reads[index]!
      return [field, 'value' in read ? read.value : undefined]
    }),
  )
}

async function readGiven(
  { declaration }: DeclaredParameter,
  given: GivenParameter,
  context: BindContext,
): Promise<Read> {
  const { kind, schema } = declaration
  const separator = separatorOf(declaration)
  switch (kind) {
    case 'schema':
      return readBySchema(schema!, given, separator)
    case 'file-text':
      return readFile(given.text, given.source, context, encodingOf(declaration.options))
    case 'file-bytes':
      return readFile(given.text, given.source, context, undefined)
    default:
      return readText(kind, given, separator)
  }
}

async function readDefault(
  { field, declaration }: DeclaredParameter,
  description: ParameterDescription,
  context: BindContext & { readonly flow: string },
): Promise<Read> {
  const { kind, options, schema } = declaration
  const source = `the default of ${field}`
  const separator = separatorOf(declaration)
  const option = options['default'] as DefaultValue<unknown>
  if (option === undefined) {
    if (description.required) {
      return { problem: flowError('PARAMETER_MISSING', { option: description.option, variable: description.variable }) }
    }
    return { value: schema === undefined ? undefined : await absentBySchema(schema) }
  }
  let value: unknown = option
  if (typeof option === 'function') {
    try {
      value = await (option as (context: DefaultContext) => unknown)({
        flow: context.flow,
        user: context.user,
        parameter: field,
      })
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      return { problem: flowError('PARAMETER_DEFAULT_FAILED', { field, message }, { cause }) }
    }
  }
  if (value === undefined || !fitsKind(kind, value, separator)) {
    return { problem: flowError('PARAMETER_DEFAULT_INVALID', { field, given: show(value), allowed: ALLOWED[kind] }) }
  }
  if (typeof value === 'string' && separator !== undefined) value = split(value, separator)
  if (schema !== undefined) return readDefaultBySchema(schema, value, source)
  if (kind === 'file-text') return readFile(value as string, source, context, encodingOf(options))
  if (kind === 'file-bytes') return readFile(value as string, source, context, undefined)
  return { value }
}

function encodingOf(options: Readonly<Record<string, unknown>>): string {
  return (options['encoding'] as string | undefined) ?? 'utf-8'
}

/** `encoding` undefined: the bytes as they are. */
async function readFile(
  path: string,
  source: string,
  context: BindContext,
  encoding: string | undefined,
): Promise<Read> {
  let bytes: Uint8Array
  try {
    bytes = await context.readFile(path)
  } catch (cause) {
    return { problem: flowError('PARAMETER_FILE_UNREADABLE', { source, path, reason: reasonOf(cause) }, { cause }) }
  }
  if (encoding === undefined) return { value: bytes }
  try {
    return { value: new TextDecoder(encoding, { fatal: true }).decode(bytes) }
  } catch (cause) {
    return { problem: flowError('PARAMETER_FILE_UNDECODABLE', { source, path, encoding }, { cause }) }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
}

function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  const reason = typeof code === 'string' && Object.hasOwn(REASONS, code) ? REASONS[code] : undefined
  return reason ?? (error instanceof Error ? error.message : String(error))
}

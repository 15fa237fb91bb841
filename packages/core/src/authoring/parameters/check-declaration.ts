import type { FlowctlError } from '../../errors/flowctl-error.ts'
import { flowError } from '../../errors/table.ts'
import type { ParameterDescription } from '../../graph/description.ts'
import { show } from '../show.ts'
import type { DeclaredParameter, ParameterDeclaration } from '../declarations/declaration.ts'
import { isOptionName, optionName, RESERVED_OPTIONS, variableName } from './naming.ts'
import { ALLOWED, fitsKind, split } from './read-text.ts'
import { isStandardSchema, issueLines } from '../declarations/standard-schema.ts'
import { validateNow } from './validate.ts'

const SHARED = ['default', 'help', 'required', 'name', 'showDefault'] as const

const RULES: Readonly<Record<string, readonly [allowed: string, accepts: (value: unknown) => boolean]>> = {
  help: ['text', (value) => typeof value === 'string'],
  name: ['letters and digits, with single dashes inside', (value) => typeof value === 'string' && isOptionName(value)],
  required: ['true or false', (value) => typeof value === 'boolean'],
  showDefault: ['true or false', (value) => typeof value === 'boolean'],
  separator: ['one or more characters', (value) => typeof value === 'string' && value !== ''],
  encoding: ['an encoding that TextDecoder knows, like utf-8 or latin1', isEncoding],
}

/** What the declared parameters of a flow look like from outside, and all that is wrong with them. */
export function describeParameters(declared: readonly DeclaredParameter[]): {
  readonly parameters: readonly ParameterDescription[]
  readonly problems: readonly FlowctlError[]
} {
  const parameters = declared.map(describe)
  const problems = declared.flatMap(({ field, declaration }, index) => [
    ...optionProblems(field, declaration),
    ...nameProblems(field, parameters[index]!, parameters.slice(0, index)),
  ])
  return { parameters, problems }
}

/** The separator of a declaration, if it has one. */
export function separatorOf({ options }: ParameterDeclaration): string | undefined {
  return typeof options['separator'] === 'string' ? options['separator'] : undefined
}

function describe({ field, declaration }: DeclaredParameter): ParameterDescription {
  const { kind, options } = declaration
  const option = typeof options['name'] === 'string' ? options['name'] : optionName(field)
  const separator = separatorOf(declaration)
  const defaultText = options['showDefault'] === false ? undefined : textOfDefault(options['default'], separator)
  return {
    field,
    option,
    variable: variableName(option),
    kind,
    help: typeof options['help'] === 'string' ? options['help'] : '',
    required: options['required'] === true,
    ...(defaultText === undefined ? {} : { defaultText }),
    ...(separator === undefined ? {} : { separator }),
  }
}

function textOfDefault(value: unknown, separator: string | undefined): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'function') return '(computed)'
  if (typeof value === 'string') return value
  if (separator !== undefined && Array.isArray(value)) return value.join(separator)
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return show(value)
  }
}

function optionProblems(field: string, declaration: ParameterDeclaration): FlowctlError[] {
  const { kind, factory, options, schema } = declaration
  if (kind === 'schema' && !isStandardSchema(schema)) {
    return [flowError('PARAMETER_SCHEMA_INVALID', { field, given: show(schema) })]
  }
  if (typeof options !== 'object' || Array.isArray(options)) {
    return [flowError('PARAMETER_OPTIONS_INVALID', { field, factory, given: show(options), options: known(kind) })]
  }
  const problems: FlowctlError[] = []
  for (const [option, value] of Object.entries(options)) {
    const rule = RULES[option]
    if (!known(kind).includes(option)) {
      problems.push(flowError('PARAMETER_OPTION_UNKNOWN', { field, factory, option, options: known(kind) }))
    } else if (value !== undefined && rule !== undefined && !rule[1](value)) {
      problems.push(flowError('PARAMETER_OPTION_INVALID', { field, option, given: show(value), allowed: rule[0] }))
    }
  }
  if (options['required'] === true && options['default'] !== undefined) {
    problems.push(flowError('PARAMETER_REQUIRED_WITH_DEFAULT', { field }))
  }
  return [...problems, ...defaultProblems(field, declaration)]
}

function known(kind: ParameterDescription['kind']): readonly string[] {
  if (kind === 'string' || kind === 'schema') return [...SHARED, 'separator']
  return kind === 'file-text' ? [...SHARED, 'encoding'] : SHARED
}

/** A default that is a function, and one whose schema takes its time, are checked when a run starts. */
function defaultProblems(field: string, declaration: ParameterDeclaration): FlowctlError[] {
  const { kind, options, schema } = declaration
  const value = options['default']
  if (value === undefined || typeof value === 'function') return []
  const separator = separatorOf(declaration)
  if (!fitsKind(kind, value, separator)) {
    return [flowError('PARAMETER_DEFAULT_INVALID', { field, given: show(value), allowed: ALLOWED[kind] })]
  }
  if (schema === undefined) return []
  const input = typeof value === 'string' && separator !== undefined ? split(value, separator) : value
  const issues = validateNow(schema, input)?.issues
  if (issues === undefined) return []
  return [
    flowError('PARAMETER_SCHEMA_FAILED', {
      source: `the default of ${field}`,
      given: show(value),
      issues: issueLines(issues),
    }),
  ]
}

function nameProblems(
  field: string,
  own: ParameterDescription,
  before: readonly ParameterDescription[],
): FlowctlError[] {
  const { option } = own
  if (!isOptionName(option)) return [flowError('PARAMETER_NAME_INVALID', { field, option })]
  if (RESERVED_OPTIONS.includes(option.toLowerCase().replaceAll('_', '-'))) {
    return [flowError('PARAMETER_NAME_RESERVED', { field, option, reserved: RESERVED_OPTIONS })]
  }
  const other = before.find((one) => one.variable === own.variable)
  return other === undefined
    ? []
    : [flowError('PARAMETER_NAME_TAKEN', { field, option, other: other.field, otherOption: other.option })]
}

function isEncoding(value: unknown): boolean {
  try {
    return typeof value === 'string' && new TextDecoder(value).encoding !== ''
  } catch {
    return false
  }
}

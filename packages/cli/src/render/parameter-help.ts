import type { FlowDescription, ParameterDescription } from '@flowctl/core'
import type { Paint } from '../format/paint.ts'
import { table } from '../format/table.ts'

const PLACEHOLDER: Record<ParameterDescription['kind'], string> = {
  string: 'TEXT',
  integer: 'INTEGER',
  number: 'NUMBER',
  boolean: '',
  json: 'JSON',
  schema: 'VALUE',
  'file-text': 'FILE',
  'file-bytes': 'FILE',
}

/** What the flow is and which parameters it takes, for `run FILE --help`. */
export function parameterHelp(description: FlowDescription, doc: string, paint: Paint): string[] {
  const about = doc === '' ? [] : [doc, '']
  if (description.parameters.length === 0) return [...about, `${description.flow} takes no parameters.`]
  return [...about, paint('bold', `Parameters of ${description.flow}:`), ...parameterLines(description)]
}

/** One line for each parameter, aligned and indented. */
export function parameterLines(description: FlowDescription): string[] {
  const rows = description.parameters.map((parameter) => [optionText(parameter), helpText(parameter)])
  return table(['', ''], rows)
    .slice(1)
    .map((line) => `  ${line}`)
}

function optionText({ option, kind }: ParameterDescription): string {
  return kind === 'boolean' ? `--${option}, --no-${option}` : `--${option} ${PLACEHOLDER[kind]}`
}

function helpText({ help, required, defaultText, separator }: ParameterDescription): string {
  const parts = [help]
  if (separator !== undefined) parts.push(`[several, separated by '${separator}']`)
  if (required) parts.push('[required]')
  else if (defaultText !== undefined) parts.push(`[default: ${defaultText}]`)
  return parts.filter((part) => part !== '').join('  ')
}

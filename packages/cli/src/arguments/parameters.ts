import {
  flowError,
  FlowProblems,
  type FlowctlError,
  type FlowDescription,
  type GivenParameter,
  type ParameterDescription,
  nearestNames,
} from '@flowctl/core'

type Environment = Readonly<Record<string, string | undefined>>
type Given = Record<string, GivenParameter>

/**
 * Reads what stands after FILE on the command line as values of the flow's parameters, and takes from the environment what the
 * command line leaves out. Values are passed on as text: they are parsed and validated where the flow is loaded. Throws
 * every COMMAND_* problem at once.
 *
 * @param options names of the command's own options, to be suggested when a name is mistyped
 */
export function readParameters(
  words: readonly string[],
  description: FlowDescription,
  environment: Environment,
  options: readonly string[],
): Readonly<Record<string, GivenParameter>> {
  const given = fromEnvironment(description, environment)
  const problems: FlowctlError[] = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-') || word === '-' || word === '--') {
      problems.push(flowError('COMMAND_UNEXPECTED_VALUE', { given: word }))
      continue
    }
    const problem = readOption(word, rest, description, given, options)
    if (problem !== undefined) problems.push(problem)
  }
  if (problems.length > 0) throw new FlowProblems(problems)
  return given
}

function fromEnvironment(description: FlowDescription, environment: Environment): Given {
  const given: Given = {}
  for (const { field, variable } of description.parameters) {
    const text = environment[variable]
    if (text !== undefined) given[field] = { text, source: variable }
  }
  return given
}

/** Reads one option and, where it has one, the word that is its value. */
function readOption(
  word: string,
  rest: string[],
  description: FlowDescription,
  given: Given,
  options: readonly string[],
): FlowctlError | undefined {
  const equals = word.indexOf('=')
  const flag = equals === -1 ? word : word.slice(0, equals)
  const attached = equals === -1 ? undefined : word.slice(equals + 1)
  const parameter = findParameter(flag, description)
  if (parameter !== undefined) {
    const source = `--${parameter.option}`
    const text = attached ?? (parameter.kind === 'boolean' ? booleanWord(rest) : valueWord(rest))
    if (text === undefined) return flowError('COMMAND_OPTION_NEEDS_VALUE', { option: flag, next: rest[0] })
    given[parameter.field] = { text, source }
    return undefined
  }
  const negated = flag.startsWith('--no-') ? findParameter(`--${flag.slice('--no-'.length)}`, description) : undefined
  if (negated?.kind === 'boolean' && attached === undefined) {
    given[negated.field] = { text: 'false', source: `--no-${negated.option}` }
    return undefined
  }
  // The word after an unknown option most likely is its value, and no second problem.
  if (attached === undefined && rest[0] !== undefined && !rest[0].startsWith('-')) rest.shift()
  return unknownOption(flag, description, options)
}

function unknownOption(flag: string, description: FlowDescription, options: readonly string[]): FlowctlError {
  const parameters = description.parameters.map(({ option }) => `--${option}`)
  const close = nearestNames(flag, [...parameters, ...options])
  return flowError('COMMAND_UNKNOWN_PARAMETER', { given: flag, flow: description.flow, nearest: close, parameters })
}

/** The parameter of a flag: `--num-trees`, or as the field is spelt, `--numTrees`, or `--num_trees`. */
export function findParameter(flag: string, description: FlowDescription): ParameterDescription | undefined {
  if (!flag.startsWith('--')) return undefined
  const name = flag.slice(2)
  const exact = description.parameters.find(({ option, field }) => option === name || field === name)
  if (exact !== undefined) return exact
  const alike = description.parameters.filter(({ option, field }) =>
    [plain(option), plain(field)].includes(plain(name)),
  )
  return alike.length === 1 ? alike[0] : undefined
}

function plain(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase()
}

/** `--flag` alone means true; a following word is its value only when it can be. */
function booleanWord(rest: string[]): string {
  return /^(?:true|false|yes|no|on|off|1|0)$/i.test(rest[0] ?? '') ? (rest.shift() as string) : 'true'
}

/** A value may start with one dash (`-5`), not with two. */
function valueWord(rest: string[]): string | undefined {
  return rest[0] === undefined || rest[0].startsWith('--') ? undefined : rest.shift()
}

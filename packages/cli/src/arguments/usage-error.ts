import { flowError, type FlowctlError, nearestNames } from '@flowctl/core'
import type { Command, CommanderError } from 'commander'

/** Says in flowctl's words what commander found wrong. */
export function usageError(error: CommanderError, words: readonly string[], program: Command): FlowctlError {
  const command = commandOf(words, program)
  const name = commandName(command)
  const given = /'([^']*)'/.exec(error.message)?.[1] ?? ''
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(given, command)
    case 'commander.unknownOption':
      return flowError('COMMAND_UNKNOWN_OPTION', {
        command: name,
        given,
        nearest: nearestNames(given, optionNames(command)),
      })
    case 'commander.optionMissingArgument':
      return flowError('COMMAND_OPTION_NEEDS_VALUE', { option: given.split(' ')[0] ?? given, next: undefined })
    case 'commander.missingArgument':
      return flowError('COMMAND_MISSING_ARGUMENT', { command: name, argument: given, usage: usageOf(command) })
    case 'commander.help': {
      const [first, asked] = words
      if (first === 'help' && asked !== undefined) return unknownCommand(asked, program)
      const below = command.commands.map((one) => one.name()).join(' or ')
      return flowError('COMMAND_MISSING_ARGUMENT', { command: name, argument: below, usage: usageOf(command) })
    }
    default:
      return command.parent === null ? unknownCommand(command.args[0] ?? '', command) : tooManyArguments(command)
  }
}

/** `--max-workers`, `--tag`, ... of a command. */
export function optionNames(command: Command): string[] {
  return command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]))
}

/** `flowctl tag add`. */
export function commandName(command: Command): string {
  return command.parent === null ? command.name() : `${commandName(command.parent)} ${command.name()}`
}

/** `flowctl run FILE [--PARAM VALUE]... [options]`. */
export function usageOf(command: Command): string {
  return `${commandName(command)} ${command.usage()}`
}

/** The command that the words name, as far as they do. */
function commandOf(words: readonly string[], program: Command): Command {
  let command = program
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word)
    if (below === undefined) break
    command = below
  }
  return command
}

function tooManyArguments(command: Command): FlowctlError {
  const given = command.args.slice(command.registeredArguments.length)
  return flowError('COMMAND_TOO_MANY_ARGUMENTS', { command: commandName(command), given, usage: usageOf(command) })
}

export function unknownCommand(given: string, command: Command): FlowctlError {
  const names = command.commands.map((one) => one.name())
  const under = command.parent === null ? {} : { under: commandName(command), usage: usageOf(command) }
  const file = /\.[cm]?[jt]s$/.test(given)
  return flowError('COMMAND_UNKNOWN', { given, nearest: nearestNames(given, names), file, ...under })
}

import { isFlowctlError, isFlowProblems } from '@flowctl/core'
import { CommanderError } from 'commander'
import { usageError } from './arguments/usage-error.ts'
import { makeProgram } from './commands/program.ts'
import { EXIT, type CommandContext } from './context/context.ts'
import { errorText } from './errors/print-error.ts'
import { paintFor } from './format/paint.ts'

/** Runs the command line and returns the exit code. Errors are printed, never thrown. */
export async function main(context: CommandContext): Promise<number> {
  const outcome: { code: number } = { code: EXIT.done }
  const program = makeProgram(context, (code) => {
    outcome.code = code
  })
  try {
    await program.parseAsync(context.arguments, { from: 'user' })
    return outcome.code
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done
    const error = thrown instanceof CommanderError ? usageError(thrown, context.arguments, program) : thrown
    return reportError(error, context)
  }
}

/** Prints the error where it belongs and says how the process ends. */
function reportError(error: unknown, context: CommandContext): number {
  const verbose = context.arguments.includes('--verbose')
  const paint = paintFor(context.stderr, context.environment)
  if (context.arguments.includes('--json')) {
    for (const line of jsonErrors(error)) context.stdout.write(`${JSON.stringify(line)}\n`)
  }
  context.stderr.write(`${errorText(error, { cwd: context.cwd, verbose, paint })}\n`)
  return exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  if (isFlowProblems(error)) return Math.max(...error.problems.map((problem) => problem.exit))
  return isFlowctlError(error) ? error.exit : EXIT.failed
}

function jsonErrors(error: unknown): object[] {
  if (isFlowProblems(error)) return error.problems.flatMap(jsonErrors)
  if (isFlowctlError(error)) {
    const { code, message, fix, at } = error
    return [{ type: 'error', code, message, fix, location: at }]
  }
  return [{ type: 'error', code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) }]
}

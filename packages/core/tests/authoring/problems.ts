import { isFlowctlError, isFlowProblems, type FlowctlError } from '@flowctl/core'

/** The errors that an action ends with. */
export async function problemsOf(action: () => unknown): Promise<readonly FlowctlError[]> {
  try {
    await action()
  } catch (error) {
    if (isFlowProblems(error)) return error.problems
    if (isFlowctlError(error)) return [error]
    throw error
  }
  throw new Error('It was expected to fail, and did not')
}

/** `CODE: message` of each. */
export async function messagesOf(action: () => unknown): Promise<string[]> {
  return (await problemsOf(action)).map((problem) => `${problem.code}: ${problem.message}`)
}

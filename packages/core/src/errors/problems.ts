import type { FlowctlError } from './flowctl-error.ts'

/** Several errors that were found together and are reported together: all the problems of a flow, of its parameters. */
export class FlowProblems extends Error {
  readonly problems: readonly FlowctlError[]

  constructor(problems: readonly FlowctlError[]) {
    super(problems.map((problem) => problem.message).join('\n'))
    this.name = 'FlowProblems'
    this.problems = problems
  }
}

export function isFlowProblems(value: unknown): value is FlowProblems {
  return value instanceof FlowProblems
}
